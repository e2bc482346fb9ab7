import { DOCS_STYLE } from "./docs_style.ts";

type Json = Record<string, unknown>;

interface OperationJson {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: Json[];
  parameters?: { name: string; in: string; required: boolean; description?: string; schema: Json }[];
  requestBody?: { content: Record<string, { schema?: Json }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema?: Json }> }>;
}

interface Entry extends OperationJson {
  method: string;
  path: string;
}

/** The OpenAPI document as a page: one file, no script, nothing fetched from elsewhere. */
export function docsPage(document: Json): string {
  const info = document.info as { title: string; description: string };
  const entries = entriesOf(document);
  const tags = (document.tags as { name: string }[]).map((tag) => tag.name);
  const schemas = (document.components as { schemas: Record<string, Json> }).schemas;
  const nav = tags.map((tag) =>
    `<a href="#${anchor(tag)}">${html(tag)} <small>${
      entries.filter((e) => e.tags[0] === tag).length
    }</small></a>`
  ).join("\n");
  const sections = tags.map((tag) =>
    `<section id="${anchor(tag)}"><h2>${html(tag)}</h2>\n${
      entries.filter((entry) => entry.tags[0] === tag).map(operationHtml).join("\n")
    }</section>`
  ).join("\n");
  const shapes = Object.entries(schemas).map(([name, schema]) =>
    `<details class="schema"><summary><code>${html(name)}</code></summary><div id="schema-${anchor(name)}">${
      shapeHtml(schema)
    }</div></details>`
  ).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(info.title)}: API</title>
<style>${DOCS_STYLE}</style>
<nav><strong>${html(info.title)}</strong>
${nav}
<a href="#schemas">schemas</a>
<a href="/openapi.json">openapi.json</a></nav>
<main>
<h1>API</h1>
<p class="lead">${text(info.description)}</p>
${sections}
<section id="schemas"><h2>schemas</h2>
${shapes}
</section>
</main>
</html>
`;
}

function entriesOf(document: Json): Entry[] {
  return Object.entries(document.paths as Record<string, Record<string, OperationJson>>).flatMap((
    [path, methods],
  ) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    }))
  );
}

function operationHtml(entry: Entry): string {
  const path = html(entry.path).replace(/\{(\w+)\}/g, "<em>{$1}</em>");
  const who = entry.security.length
    ? entry.security.map((each) => Object.keys(each)[0]).join(" or ")
    : "nobody needs to sign in";
  const parameters = entry.parameters?.length
    ? `<h4>Parameters</h4><table>${
      entry.parameters.map((each) =>
        `<tr><td><code>${html(each.name)}</code>${
          each.required ? "" : " <small>optional</small>"
        }</td><td><small>${html(each.in)}</small></td><td>${typeHtml(each.schema)}${
          each.description ? `, ${text(each.description)}` : ""
        }</td></tr>`
      ).join("")
    }</table>`
    : "";
  const body = entry.requestBody ? `<h4>Body</h4>${contentHtml(entry.requestBody.content)}` : "";
  const answers = Object.entries(entry.responses).filter(([status]) => status !== "default").map((
    [status, answer],
  ) =>
    `<h4>Answer <code>${html(status)}</code></h4>${
      answer.content ? contentHtml(answer.content) : `<p>${text(answer.description ?? "")}</p>`
    }`
  ).join("");
  return `<details class="operation" id="${html(entry.operationId)}">
<summary><span class="method ${entry.method.toLowerCase()}">${entry.method}</span><code class="path">${path}</code><span class="summary">${
    text(entry.summary)
  }</span></summary>
<div>${entry.description ? `<p>${text(entry.description)}</p>` : ""}<p><small>Who: ${
    html(who)
  }</small></p>${parameters}${body}${answers}</div></details>`;
}

function contentHtml(content: Record<string, { schema?: Json }>): string {
  return Object.entries(content).map(([type, { schema }]) =>
    `<p><small>${html(type)}</small> ${schema ? typeHtml(schema) : ""}</p>`
  ).join("");
}

/** What a schema contains, one level deep; deeper levels are links or a word. */
function shapeHtml(schema: Json): string {
  const choices = (schema.oneOf ?? schema.anyOf) as Json[] | undefined;
  if (choices) return `<p>One of:</p>${choices.map((each) => shapeHtml(each)).join("<hr>")}`;
  const properties = schema.properties as Record<string, Json> | undefined;
  if (!properties) return `<p>${typeHtml(schema)}</p>`;
  const required = new Set(schema.required as string[] | undefined);
  return `<table>${
    Object.entries(properties).map(([name, each]) =>
      `<tr><td><code>${html(name)}</code>${required.has(name) ? "" : " <small>optional</small>"}</td><td>${
        typeHtml(each)
      }</td></tr>`
    ).join("")
  }</table>`;
}

/** A type in a few words. */
function typeHtml(schema: Json): string {
  const { $ref, type, items, format, pattern } = schema as Record<string, string> & { items?: Json };
  if ($ref) {
    const name = $ref.split("/").at(-1)!;
    return `<a href="#schema-${anchor(name)}"><code>${html(name)}</code></a>`;
  }
  if ("const" in schema) return `<code>${html(JSON.stringify(schema.const))}</code>`;
  if (schema.enum) {
    return (schema.enum as unknown[]).map((each) => `<code>${html(JSON.stringify(each))}</code>`).join(" · ");
  }
  if (schema.prefixItems) return `[${(schema.prefixItems as Json[]).map(typeHtml).join(", ")}]`;
  const choices = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (choices) return choices.map(typeHtml).join(" or ");
  const extras = [
    format,
    !format && pattern && pattern.length < 60 ? pattern : undefined,
    range(schema, "minimum", "maximum", ""),
    range(schema, "minLength", "maxLength", " characters"),
    range(schema, "minItems", "maxItems", " entries"),
    schema.default !== undefined ? `default ${JSON.stringify(schema.default)}` : undefined,
  ].filter((each) => each !== undefined).map((each) => `<small>${html(each)}</small>`).join(" ");
  const word = type === "array"
    ? `list of ${typeHtml(items ?? {})}`
    : type === "object" && schema.additionalProperties && typeof schema.additionalProperties === "object"
    ? `object of ${typeHtml(schema.additionalProperties as Json)}`
    : type === "object" && schema.properties
    ? `{ ${
      Object.entries(schema.properties as Record<string, Json>).map(([name, each]) =>
        `<code>${html(name)}</code>: ${typeHtml(each)}`
      ).join(", ")
    } }`
    : html([type ?? "anything"].flat().join(" or "));
  return `${word} ${extras}`.trim();
}

/** "0 to 9", where the bounds say something: zod's whole-number limits don't. */
function range(schema: Json, low: string, high: string, unit: string): string | undefined {
  const [from, to] = [schema[low], schema[high]].map((each) =>
    typeof each === "number" && Math.abs(each) < Number.MAX_SAFE_INTEGER ? each : undefined
  );
  if (from === undefined && to === undefined) return undefined;
  return (from === undefined ? `at most ${to}` : to === undefined ? `at least ${from}` : `${from} to ${to}`) +
    unit;
}

function anchor(name: string): string {
  return name.replace(/[^A-Za-z0-9_]+/g, "-");
}

/** Text with `code` in it. */
function text(words: string): string {
  return html(words).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function html(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { routesOf } from "./openapi.ts";

type Json = Record<string, unknown>;

Deno.test("the API describes itself", async (t) => {
  await using studio = await openTestStudio();
  const response = await studio.request("/openapi.json", {}, "nobody");
  assert.equal(response.status, 200);
  const document = await response.json();

  await t.step("every route under /api is described", () => {
    const silent = routesOf(studio.app).filter((route) => route.path.startsWith("/api/") && !route.about);
    assert.deepEqual(silent.map((route) => `${route.method} ${route.path}`), []);
  });

  await t.step("every reference leads to a component, and no component is unused", () => {
    const components = document.components as Record<string, Json>;
    const used = new Set<string>();
    for (const ref of refsIn(document)) {
      const [, kind, name] = /^#\/components\/(\w+)\/([^/]+)$/.exec(ref) ??
        assert.fail(`odd reference ${ref}`);
      assert.ok(name! in components[kind!]!, `${ref} leads nowhere`);
      used.add(`${kind}/${name}`);
    }
    for (const name of Object.keys(components.schemas!)) {
      assert.ok(used.has(`schemas/${name}`), `${name} is unused`);
    }
  });

  await t.step("operation ids are unique, path parameters are declared", () => {
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Json>>)) {
      for (const operation of Object.values(methods)) {
        const id = operation.operationId as string;
        assert.ok(!ids.has(id), `${id} twice`);
        ids.add(id);
        assert.ok((operation.summary as string).length > 3, path);
        assert.ok(operation.responses);
        const named = (operation.parameters as { name: string; in: string }[] ?? []).filter((each) =>
          each.in === "path"
        )
          .map((each) => each.name);
        assert.deepEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), named, path);
      }
    }
  });

  await t.step("shared schemas have their own names; what is sent differs from what is answered", () => {
    const schemas = document.components.schemas as Record<string, Json>;
    assert.ok(schemas.Project && schemas.Graph && schemas.Problem);
    const create = schemas.CreateProjectInput as { required: string[] };
    assert.deepEqual(create.required, ["title"], "fields with defaults need not be sent");
    assert.ok((schemas.Canvas as { required: string[] }).required.includes("graph"));
  });

  await t.step("the page names every route and fetches nothing from elsewhere", async () => {
    const page = await (await studio.request("/docs", {}, "nobody")).text();
    for (const path of Object.keys(document.paths)) {
      assert.ok(page.includes(path.replace(/\{(\w+)\}/g, "<em>{$1}</em>")), path);
    }
    assert.doesNotMatch(page, /<script|src=|@import|<link/);
    for (const [, anchor] of page.matchAll(/href="#([^"]+)"/g)) {
      assert.ok(page.includes(`id="${anchor}"`), anchor);
    }
  });
});

function refsIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "$ref" && typeof each === "string" ? [each] : refsIn(each)
  );
}

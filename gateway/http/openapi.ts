import { z } from "zod";
import { Problem } from "../../shared/http/problem.ts";
import type { Router } from "../studio.ts";
import { descriptionOf, type Operation } from "./operation.ts";
import { namesOf } from "./schema_names.ts";

type Json = Record<string, unknown>;

/** A route of the app with what {@link operation} said about it. */
interface Route {
  method: string;
  /** As Hono has it: /api/projects/:p */
  path: string;
  about: Operation;
}

/** OpenAPI 3.1 of every described route, its schemas made from the zod schemas that the routes parse with. */
export function openApiDocument(app: Router, server: string): Json {
  const routes = describedRoutes(app);
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  for (const { method, path, about } of routes) {
    const id = operationId(method, path);
    const open = path.replace(/:(\w+)(?:\{[^}]*\})?/g, (_, name: string) => `{${nameOf(name)}}`);
    (paths[open] ??= {})[method.toLowerCase()] = {
      operationId: id,
      summary: about.summary,
      ...(about.description ? { description: about.description } : {}),
      tags: [about.tag],
      security: SECURITY[about.auth ?? "user"],
      ...parameters(path, about.query),
      ...(about.body || about.bodyType
        ? {
          requestBody: {
            required: true,
            content: {
              [about.bodyType ?? "application/json"]: about.body
                ? { schema: schemas.ref(about.body, "input", id) }
                : {},
            },
          },
        }
        : {}),
      responses: responses(about, schemas, id),
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Generative Media Studio",
      version: "1.0.0",
      description: "Projects, canvases, jobs, takes and films; and what GPU agents say to the gateway. " +
        "Errors are application/problem+json; lists go on with `cursor`; times are ISO 8601 UTC; ids are UUIDv7.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: server }],
    tags: [...new Set(routes.map((route) => route.about.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.components(),
      responses: {
        Problem: {
          description: "What could not be done, and what to do next",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "studio_session" },
        access: { type: "http", scheme: "bearer", description: "A person's access token" },
        agent: { type: "http", scheme: "bearer", description: "An agent's token" },
        join: { type: "http", scheme: "bearer", description: "A join code" },
      },
    },
  };
}

/** Every route of the app that has a method of its own, with its description if it has one. */
export function routesOf(app: Router): { method: string; path: string; about: Operation | undefined }[] {
  const found = new Map<string, { method: string; path: string; about: Operation | undefined }>();
  for (const { method, path, handler } of app.routes) {
    if (method === "ALL") continue;
    const key = `${method} ${path}`;
    found.set(key, { method, path, about: found.get(key)?.about ?? descriptionOf(handler) });
  }
  return [...found.values()];
}

function describedRoutes(app: Router): Route[] {
  return routesOf(app).filter((route): route is Route => route.about !== undefined);
}

/** "POST /api/projects/:p/jobs" -> "post_projects_project_jobs" */
function operationId(method: string, path: string): string {
  const named = path.replace(/^\/api\//, "/").replace(
    /:(\w+)(?:\{[^}]*\})?/g,
    (_, name: string) => nameOf(name),
  );
  return [method.toLowerCase(), ...named.split(/[^A-Za-z0-9]+/).filter(Boolean)].join("_");
}

const SECURITY: Record<NonNullable<Operation["auth"]>, Json[]> = {
  user: [{ session: [] }, { access: [] }],
  agent: [{ agent: [] }],
  join: [{ join: [] }],
  nobody: [],
};

/** Routes say `:p` for brevity; the document spells it out. */
const NAMES: Record<string, string> = {
  p: "project",
  j: "job",
  t: "take",
  e: "export",
  l: "lease",
  a: "agent",
};

const PARAMETERS: Record<string, string> = {
  project: "Its id or its slug",
  lease: "`<job id>.<counter>`, as the lease gave it",
  job: "Its id",
  take: "Its id",
  export: "Its id",
  agent: "Its id",
  person: "Their id",
  id: "Its id",
};

function nameOf(parameter: string): string {
  return NAMES[parameter] ?? parameter;
}

function parameters(path: string, query: z.ZodType | undefined): Json {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, short]) => nameOf(short!)).map((name) => ({
    name,
    in: "path",
    required: true,
    ...(PARAMETERS[name] ? { description: PARAMETERS[name] } : {}),
    schema: { type: "string" },
  }));
  const schema = query
    ? toJsonSchema(query, "input") as { properties?: Record<string, Json>; required?: string[] }
    : {};
  const inQuery = Object.entries(schema.properties ?? {}).map(([name, each]) => ({
    name,
    in: "query",
    required: schema.required?.includes(name) ?? false,
    schema: each,
  }));
  return inPath.length || inQuery.length ? { parameters: [...inPath, ...inQuery] } : {};
}

function responses(about: Operation, schemas: Schemas, id: string): Json {
  const { status, or, schema, description, contentType = "application/json" } = about.response ??
    { status: 200 };
  const answer = {
    description: description ?? about.summary,
    ...(schema
      ? { content: { [contentType]: { schema: schemas.ref(schema, "output", id) } } }
      : about.response?.contentType
      ? { content: { [contentType]: {} } }
      : {}),
  };
  return {
    [status]: answer,
    ...(or ? { [or]: answer } : {}),
    default: { $ref: "#/components/responses/Problem" },
  };
}

type Direction = "input" | "output";

/** Collects the schemas that routes use, and writes each once under components. */
class Schemas {
  readonly #used = { input: new Map<string, z.ZodType>(), output: new Map<string, z.ZodType>() };
  readonly #names = namesOf();

  constructor() {
    this.#used.output.set("Problem", Problem);
  }

  ref(schema: z.ZodType, direction: Direction, operation: string): Json {
    const own = this.#names.get(schema) ?? `${operation}_${direction === "input" ? "body" : "result"}`;
    this.#used[direction].set(own, schema);
    return { $ref: `#/components/schemas/${suffixed(own, direction)}` };
  }

  components(): Json {
    const all: Json = {};
    for (const direction of ["output", "input"] as const) {
      // Everything with a name is in the registry: what a used schema contains becomes a $ref, too.
      const registry = z.registry<{ id: string }>();
      for (const [schema, name] of this.#names) registry.add(schema, { id: suffixed(name, direction) });
      for (const [name, schema] of this.#used[direction]) {
        if (!this.#names.has(schema)) registry.add(schema, { id: suffixed(name, direction) });
      }
      const { schemas } = z.toJSONSchema(registry, {
        io: direction,
        target: "draft-2020-12",
        unrepresentable: "any",
        uri: (id) => `#/components/schemas/${id}`,
      });
      const made = Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, plain(schema as Json)]),
      );
      reach([...this.#used[direction].keys()].map((name) => suffixed(name, direction)), made, all);
    }
    return Object.fromEntries(Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1));
  }
}

/** What is sent differs from what is answered where there are defaults, so it has a name of its own. */
function suffixed(name: string, direction: Direction): string {
  return direction === "input" && !name.endsWith("_body") ? `${name}Input` : name;
}

/** Copies `names` and all that they refer to from `made` to `all`. */
function reach(names: string[], made: Record<string, Json>, all: Json): void {
  const open = [...names];
  while (open.length) {
    const name = open.pop()!;
    if (name in all || !made[name]) continue;
    all[name] = made[name];
    for (const [, other] of JSON.stringify(made[name]).matchAll(/"#\/components\/schemas\/([^"/]+)"/g)) {
      open.push(other!);
    }
  }
}

function plain({ $schema: _s, $id: _i, ...rest }: Json): Json {
  return rest;
}

function toJsonSchema(schema: z.ZodType, io: Direction): Json {
  return plain(z.toJSONSchema(schema, { io, target: "draft-2020-12", unrepresentable: "any" }) as Json);
}

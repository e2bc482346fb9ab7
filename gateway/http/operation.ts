import type { MiddlewareHandler } from "hono";
import type { z } from "zod";
import type { Permission } from "../../shared/roles.ts";
import type { Env } from "../studio.ts";

/** One answer of a route. Without a schema: nothing, or what `description` says. */
export interface Answer {
  status: number;
  /** Another status with the same answer: 200 where what was to be made was there already. */
  or?: number;
  schema?: z.ZodType;
  description?: string;
  /** @default "application/json" when there is a schema */
  contentType?: string;
}

/** What a route is for, takes and gives: the route's line in /openapi.json and /docs. */
export interface Operation {
  /** "Make a project" */
  summary: string;
  description?: string;
  /** Heading under which it stands: "projects" */
  tag: string;
  body?: z.ZodType;
  /** For a body that is not JSON. */
  bodyType?: string;
  query?: z.ZodType;
  response?: Answer;
  /** @default "user" Who may call it, as the page says it. */
  auth?: "user" | "agent" | "join" | "nobody";
  /** @default "view" What a person needs to be allowed (shared/roles.ts), where `auth` is "user". */
  may?: Permission;
}

const described = new WeakMap<object, Operation>();

/**
 * Describes a route where it is written:
 * `app.post("/projects", operation({ … }), handler)`. It does nothing to requests itself:
 * gateway/auth/authorize.ts holds who asks against `auth` and `may`.
 */
export function operation(about: Operation): MiddlewareHandler<Env> {
  const pass: MiddlewareHandler<Env> = (_c, next) => next();
  described.set(pass, about);
  return pass;
}

/** What {@link operation} said about a handler of `app.routes`. */
export function descriptionOf(handler: object): Operation | undefined {
  return described.get(handler);
}

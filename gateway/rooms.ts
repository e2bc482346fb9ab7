/**
 * The doors of all rooms, loaded one by one while they are being built: one that is not there yet says so when it is
 * used. Goes away when all stand.
 */
import { Hono } from "hono";

type Door = Record<string, (...given: never[]) => unknown>;

async function door(room: string): Promise<Door> {
  try {
    return await import(new URL(`./${room}/mod.ts`, import.meta.url).href);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return new Proxy({} as Door, {
      get: (_, name) => name === "then" ? undefined : missing(room, String(name), why),
    });
  }
}

function missing(room: string, name: string, why: string): (...given: never[]) => unknown {
  if (name.endsWith("Routes")) return () => new Hono();
  if (name === "authenticate" || name === "checkOrigin") {
    return () => (_: unknown, next: () => unknown) => next();
  }
  const known: Record<string | symbol, unknown> = {
    outbox: {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
    routes: () => null,
    selfTest: () => Promise.resolve({ checksumsEnforced: true, notes: [] }),
  };
  return () =>
    new Proxy(known, {
      get: (_, part) =>
        part in known || typeof part === "symbol" || part === "then" ? known[part] : () => {
          throw new Error(`The ${room} room is not there yet (${String(part)}): ${why}`);
        },
    });
}

// deno-lint-ignore no-explicit-any -- types come with the static imports
export const rooms: Record<string, any> = Object.fromEntries(
  await Promise.all(
    [
      "agents",
      "assembly",
      "auth",
      "canvas",
      "events",
      "git",
      "jobs",
      "lfs",
      "objects",
      "projects",
      "runners",
      "takes",
    ]
      .map(async (room) => [room, await door(room)]),
  ),
);

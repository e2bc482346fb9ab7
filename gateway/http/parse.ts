import type { Context } from "hono";
import type { z } from "zod";
import { fieldErrors, ProblemError } from "../../shared/http/problem.ts";
import type { Env } from "../studio.ts";

/** Bytes of JSON that a request may carry unless its route says otherwise. */
export const JSON_LIMIT = 1024 * 1024;

/**
 * The JSON body, parsed and typed. ProblemError malformed_json, invalid_request (naming each field),
 * unsupported_media_type or too_large.
 */
export async function parseBody<T extends z.ZodType>(
  c: Context<Env>,
  schema: T,
  options: { limit?: number } = {},
): Promise<z.infer<T>> {
  const type = /^[^;]*/.exec(c.req.header("content-type") ?? "")![0].trim().toLowerCase();
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) {
    throw new ProblemError(
      "unsupported_media_type",
      `Send the body as application/json${type ? `, not ${type}` : ""}.`,
    );
  }
  refuseEncoding(c);
  const text = new TextDecoder("utf-8", { fatal: true });
  const bytes = await readBody(c, options.limit ?? JSON_LIMIT);
  let [value, written]: [unknown, string] = [undefined, ""];
  try {
    written = text.decode(bytes);
    value = JSON.parse(written);
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "it is not UTF-8";
    throw new ProblemError("malformed_json", `The body is not JSON: ${why}.`);
  }
  const sentence = "The body is not what this route takes; see errors.";
  // UTF-8 has neither, and JSON takes no NUL as it is: only where one is written as an escape it need be looked for, in each value.
  if (/\\u(?:0000|d[89a-f])/i.test(written)) refuseOdd(value, sentence);
  return parse(schema, value, sentence);
}

/** The query string, parsed and typed; of a repeated parameter the first counts. ProblemError invalid_request. */
export function parseQuery<T extends z.ZodType>(c: Context<Env>, schema: T): z.infer<T> {
  const sentence = "The query is not what this route takes; see errors.";
  refuseOdd(c.req.query(), sentence);
  return parse(schema, c.req.query(), sentence);
}

/** The body's bytes, counted as they arrive: neither a missing nor a lying Content-Length helps. */
export async function readBody(c: Context<Env>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () =>
    new ProblemError(
      "too_large",
      `The body is larger than ${sizeWords(limit)}, which this route takes at most.`,
    );
  const said = c.req.header("content-length");
  if (Number(said ?? 0) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The server lets in as much as was said and no more, so it may come in one piece, which costs a third.
    if (said !== undefined) {
      const bytes = await c.req.raw.bytes();
      if (bytes.length > limit) throw tooLarge();
      return bytes;
    }
    for await (const chunk of c.req.raw.body ?? []) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause;
    throw new ProblemError("invalid_request", "The body broke off before it was whole; send it again.", {
      cause,
    });
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function refuseOdd(value: unknown, sentence: string): void {
  const odd = unstorable(value);
  if (odd === null) return;
  throw new ProblemError("invalid_request", sentence, {
    errors: [{
      path: odd || "(body)",
      message: "has a NUL or half a surrogate pair, which no text may have",
    }],
  });
}

function parse<T extends z.ZodType>(schema: T, value: unknown, sentence: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new ProblemError("invalid_request", sentence, { errors: fieldErrors(parsed.error).slice(0, 100) });
  }
  return parsed.data;
}

function refuseEncoding(c: Context<Env>): void {
  const encoding = c.req.header("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    throw new ProblemError("unsupported_media_type", `Send the body plain, not as ${encoding}.`);
  }
}

/** Path of the first text that PostgreSQL's text and jsonb cannot hold; null when all can be. */
function unstorable(root: unknown): string | null {
  // A list of what is still to be seen, not recursion: 1 MiB of "[[[[" must not overflow the stack.
  const open: { path: string; value: unknown }[] = [{ path: "", value: root }];
  while (open.length) {
    const { path, value } = open.pop()!;
    if (typeof value === "string" && odd(value)) return path;
    if (value === null || typeof value !== "object") continue;
    for (const [key, each] of Object.entries(value)) {
      if (odd(key)) return path || "(key)";
      if (typeof each === "string" || (each !== null && typeof each === "object")) {
        open.push({ path: path ? `${path}.${key}` : key, value: each });
      }
    }
  }
  return null;
}

function odd(text: string): boolean {
  return text.includes("\0") || !text.isWellFormed();
}

function sizeWords(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / (1024 * 1024)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
}

import { Hono } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Env, Router } from "../studio.ts";
import { tooLittle, tooMuch } from "./checked.ts";
import { attachment } from "./disposition.ts";
import { fileOf, isKey, readSpan, writeFile } from "./files.ts";
import { parseRange } from "./range.ts";
import { type Grant, readGrant } from "./signature.ts";

interface Options {
  root: string;
  signingKey: () => Promise<CryptoKey>;
}

/** `GET|HEAD|PUT /<key>?exp&sig…`. The signature is the whole authorisation: nobody's session matters here. */
export function diskRoutes(options: Options): Router {
  const app = new Hono<Env>();
  app.get("/:key{.+}", async (c) => {
    const grant = await granted(options, "GET", c.req.param("key"), c.req.url);
    return await send(options.root, grant, c.req.raw);
  });
  app.put("/:key{.+}", async (c) => {
    const grant = await granted(options, "PUT", c.req.param("key"), c.req.url);
    await receive(options.root, grant, c.req.raw);
    return c.body(null, 200, { ETag: `"${grant.oid}"` });
  });
  return app;
}

async function granted(options: Options, method: "GET" | "PUT", key: string, url: string): Promise<Grant> {
  const query = new URL(url).searchParams;
  const grant = isKey(key) ? await readGrant(await options.signingKey(), { method, key, query }) : null;
  if (!grant) {
    throw new ProblemError(
      "forbidden",
      "This object link is not valid for this request; ask the studio for a new one.",
    );
  }
  if (grant.expires * 1000 <= Date.now()) {
    throw new ProblemError("forbidden", "This object link has expired; ask the studio for a new one.");
  }
  return grant;
}

async function send(root: string, grant: Grant, request: Request): Promise<Response> {
  const file = await openFile(fileOf(root, grant.key));
  if (!file) throw new ProblemError("not_found", "The studio does not hold this object (any more).");
  const { size } = await file.stat();
  const etag = `"${grant.key.slice(grant.key.lastIndexOf("/") + 1)}"`;
  const headers = headersOf(grant, etag);
  const close = (status: number) => {
    file.close();
    return new Response(null, { status, headers });
  };
  if (matches(request.headers.get("if-none-match"), etag)) return close(304);
  // If-Range (RFC 9110, 13.1.5): a part only of the very same bytes.
  const ifRange = request.headers.get("if-range");
  const wanted = ifRange === null || ifRange === etag ? request.headers.get("range") : null;
  const span = request.method === "GET" ? parseRange(wanted, size) : null;
  if (span === "unsatisfiable") {
    headers.set("Content-Range", `bytes */${size}`);
    return close(416);
  }
  const { start, end } = span ?? { start: 0, end: size - 1 };
  headers.set("Content-Length", String(end - start + 1));
  if (span) headers.set("Content-Range", `bytes ${start}-${end}/${size}`);
  if (request.method === "HEAD" || size === 0) return close(200);
  return new Response(readSpan(file, start, end), { status: span ? 206 : 200, headers });
}

function headersOf(grant: Grant, etag: string): Headers {
  const headers = new Headers({
    "Content-Type": grant.contentType ?? "application/octet-stream",
    "Accept-Ranges": "bytes",
    ETag: etag,
    // A key names its bytes for ever; a browser may keep what it was once allowed to read.
    "Cache-Control": "private, max-age=31536000, immutable",
    // Uploaded bytes come from the gateway's own origin here: whatever they are, they must not act as a page of it.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy":
      "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "same-origin",
  });
  if (grant.fileName !== undefined) headers.set("Content-Disposition", attachment(grant.fileName));
  return headers;
}

function matches(header: string | null, etag: string): boolean {
  return header === "*" ||
    (header?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag) ?? false);
}

async function receive(root: string, grant: Grant, request: Request): Promise<void> {
  const expected = { oid: grant.oid!, size: grant.size! };
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) !== expected.size) {
    await request.body?.cancel();
    throw Number(announced) > expected.size ? tooMuch(expected) : tooLittle(expected, Number(announced));
  }
  await writeFile(root, grant.key, request.body ?? new Uint8Array(), expected);
}

async function openFile(path: string): Promise<Deno.FsFile | null> {
  try {
    const info = await Deno.stat(path);
    return info.isFile ? await Deno.open(path) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

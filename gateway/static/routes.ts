import { Hono } from "hono";
import type { Context } from "hono";
import { join } from "@std/path";
import type { Env, Router } from "../studio.ts";
import { type BuiltFile, readBuilt } from "./built.ts";
import { NOT_BUILT } from "./not_built.ts";

/** Where `deno run -A ui/build.ts` puts the canvas. */
const DIST = join(import.meta.dirname!, "..", "..", "ui", "dist");

/**
 * The canvas: the files of ui/dist, and its index.html for every address that the canvas itself understands (`/`,
 * `/p/…`, `/people`, `/usage`, `/fleet`, `/runners`, `/operations`). What the build does not name is left to the routes after it, so a wrong address is a clear 404.
 */
export function staticRoutes(folder: string = DIST): Router {
  const app = new Hono<Env>();
  const page = async (c: Context<Env>) => {
    const index = await readBuilt(folder, "index.html");
    return index ? serve(c, index) : c.html(NOT_BUILT, 503);
  };
  app.get("/", page);
  app.get("/p/*", page);
  app.get("/people", page);
  app.get("/runners", page);
  app.get("/usage", page);
  app.get("/fleet", page);
  app.get("/operations", page);
  app.get("/*", async (c, next) => {
    const file = await readBuilt(folder, c.req.path.slice(1));
    if (file) return serve(c, file);
    // Browsers ask for it unasked, and show a refusal as an error of the page.
    return c.req.path === "/favicon.ico" ? c.body(null, 204) : await next();
  });
  return app;
}

function serve(c: Context<Env>, file: BuiltFile): Response {
  const headers = new Headers({
    "content-type": file.contentType,
    "cache-control": file.hashed ? "public, max-age=31536000, immutable" : "no-cache",
    etag: file.etag,
    vary: "accept-encoding",
  });
  if (c.req.header("if-none-match")?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === file.etag)) {
    return new Response(null, { status: 304, headers });
  }
  const accepts = (c.req.header("accept-encoding") ?? "").split(",").some((each) =>
    /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(each)
  );
  const zipped = accepts ? file.gzip : null;
  if (zipped) headers.set("content-encoding", "gzip");
  const body = zipped ?? file.bytes;
  headers.set("content-length", String(body.length));
  return new Response(c.req.method === "HEAD" ? null : body, { headers });
}

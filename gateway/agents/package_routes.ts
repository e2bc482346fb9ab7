import { Hono } from "hono";
import { operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { agentPackage } from "./package.ts";

/** Where machines that lend a card get the agent; free software, so for anybody. Mounted at the root. */
export function agentPackageRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/agent.tar.gz",
    operation({
      summary: "The agent of this gateway's version, for machines without the repository",
      tag: "agents",
      auth: "nobody",
      response: {
        status: 200,
        contentType: "application/gzip",
        description: "agent/, shared/ and how to start them",
      },
    }),
    async (c) => {
      const { bytes, etag } = await agentPackage(c.get("studio").config.agentSource);
      const headers = { etag, "cache-control": "no-cache", "content-type": "application/gzip" };
      if (c.req.header("if-none-match")?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)) {
        return c.body(null, 304, headers);
      }
      return c.body(bytes, 200, { ...headers, "content-length": String(bytes.length) });
    },
  );
  return app;
}

import { Hono } from "hono";
import { publicUrlOf } from "../config.ts";
import type { Env, Router } from "../studio.ts";
import { docsPage } from "./docs_page.ts";
import { openApiDocument } from "./openapi.ts";

/** `/openapi.json` and `/docs`, for everybody: they tell what the studio can do, not what is in it. */
export function openApiRoutes(app: Router): Router {
  const routes = new Hono<Env>();
  let made: { server: string; document: Record<string, unknown>; page: string } | null = null;
  const about = (server: string) => {
    if (made?.server !== server) {
      const document = openApiDocument(app, server);
      made = { server, document, page: docsPage(document) };
    }
    return made;
  };
  routes.get("/openapi.json", (c) => c.json(about(publicUrlOf(c.get("studio").config)).document));
  routes.get("/docs", (c) => c.html(about(publicUrlOf(c.get("studio").config)).page));
  return routes;
}

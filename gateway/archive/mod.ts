export { importRoutes } from "./import_routes.ts";
export { archiveRoutes } from "./routes.ts";
export { abandonedScratch } from "./scratch.ts";

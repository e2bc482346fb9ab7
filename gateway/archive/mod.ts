export { importRoutes } from "./import_routes.ts";
export { archiveRoutes } from "./routes.ts";
export { zip, ZIP_BYTES, type ZipEntry } from "./zip.ts";
export { abandonedScratch } from "./scratch.ts";

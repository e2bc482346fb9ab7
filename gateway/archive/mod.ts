export { archiveRoutes } from "./routes.ts";
export { zip, ZIP_BYTES, type ZipEntry } from "./zip.ts";

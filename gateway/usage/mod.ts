export { csvLine } from "./csv.ts";
export { givenFor } from "./donors.ts";
export { recordUsage } from "./record.ts";
export { usageRoutes } from "./routes.ts";

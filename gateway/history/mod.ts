export { filesBetween, findCommit } from "./commits.ts";
export { changesBetween } from "./compare.ts";
export { takesBetween } from "./detail.ts";
export { valueText } from "./value_text.ts";
export { versionRoutes } from "./routes.ts";

export { type Deed, writeAudit } from "./write.ts";
export { auditRoutes } from "./routes.ts";

export { staticRoutes } from "./routes.ts";

export { createLog, type Fields, type Level, type Log } from "./log.ts";
export { isAway, problemResponse } from "./problems.ts";
export { JSON_LIMIT, parseBody, parseQuery, readBody } from "./parse.ts";
export { descriptionOf, type Operation, operation } from "./operation.ts";
export { frame, noRoute } from "./frame.ts";
export { healthRoutes } from "./health.ts";
export { openApiRoutes } from "./openapi_routes.ts";
export { openApiDocument, routesOf } from "./openapi.ts";
export { createRequestMetrics } from "./metrics.ts";

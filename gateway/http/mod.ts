export { createLog, type Fields, type Level, type Log } from "./log.ts";
export { problemResponse } from "./problems.ts";
export { JSON_LIMIT, parseBody, parseQuery, readBody } from "./parse.ts";
export { type Operation, operation } from "./operation.ts";

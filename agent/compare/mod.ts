export { createComparer } from "./executor.ts";

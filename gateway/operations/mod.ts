import type { Operations } from "../../shared/api/operations.ts";

export interface OperationsRoom extends Disposable {
  /** How a studio is doing, and, where it is the only one, the gateway. */
  look(tenant: { id: string; slug: string }): Promise<Operations>;
}

export { createOperations } from "./operations.ts";
export { operationsRoutes } from "./routes.ts";

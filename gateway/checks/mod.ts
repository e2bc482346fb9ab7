import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { TakeRow } from "../takes/mod.ts";

export interface Checks {
  /** A take is done: whether it is to be made again elsewhere. Most are not. */
  consider(job: JobRow, take: TakeRow): Promise<void>;
  /** What a job of a check has found, in the transaction that ends it. ProblemError unprocessable when it found nothing. */
  record(tx: Tx, job: JobRow, done: z.infer<typeof CompleteBody>): Promise<void>;
  /** Goes on with a check as far as it goes now. Twice is once. */
  advance(tenantId: string, checkId: string): Promise<void>;
  /** All that are open and may go on: whatever a gateway that died has left. */
  advanceAll(): Promise<void>;
}

export { createChecks } from "./checks.ts";
export { startChecks, startTidying } from "./periodic.ts";
export { reputationOf } from "./reputation.ts";
export { checkRoutes } from "./routes.ts";
export { writeSettings } from "./settings.ts";

import { creditText } from "../../shared/jobs/price.ts";
import { type Payer, reserve } from "../credits/mod.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "./mod.ts";
import { tell } from "./state_machine.ts";

/** Sets aside what an earlier place of these jobs costs, in the transaction that queues them, and says so in their stories. */
export async function payFor(tx: Tx, jobs: readonly JobRow[], of: Payer): Promise<void> {
  await reserve(tx, jobs, of);
  const from = of === "purse" ? "the film's purse" : "the credits of whoever asked";
  for (const job of jobs) {
    const sentence = `${creditText(job.credits ?? 0)} credits of ${from} are set aside for an earlier place.`;
    await tell(tx, job, { kind: "credits", sentence });
  }
}

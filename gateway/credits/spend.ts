import { ProblemError } from "../../shared/http/problem.ts";
import { creditText, worth } from "../../shared/jobs/price.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import { type Account, balanceOf, holdAccount } from "./accounts.ts";
import { projectEarnings } from "./earn.ts";

export type Payer = NonNullable<JobRow["credits_of"]>;

type Paid = Pick<JobRow, "id" | "tenant_id" | "project_id" | "asker_id" | "tier" | "credits" | "credits_of">;

function accountOf(job: Pick<Paid, "tenant_id" | "project_id" | "asker_id">, of: Payer): Account {
  if (of === "purse") return { tenantId: job.tenant_id, projectId: job.project_id };
  if (!job.asker_id) throw new Error("Nobody asked for this job, so nobody's credits pay for it");
  return { tenantId: job.tenant_id, userId: job.asker_id };
}

/**
 * Sets what jobs cost aside, in the transaction that queues them: all of them, or ProblemError unprocessable with what is missing.
 * `jobs` are of one project and one person.
 */
export async function reserve(tx: Tx, jobs: readonly Paid[], of: Payer): Promise<void> {
  const account = accountOf(jobs[0]!, of);
  if (account.userId !== undefined) await projectEarnings(tx, account.tenantId);
  await holdAccount(tx, account);
  const has = await balanceOf(tx, account);
  const price = jobs.reduce((sum, job) => sum + (job.credits ?? 0), 0);
  if (has < price) {
    throw new ProblemError(
      "unprocessable",
      `${of === "purse" ? "The film's purse has" : "You have"} ${
        creditText(has)
      } credits, and an earlier place costs ${creditText(price)}. Ask for it without credits, or ${
        of === "purse" ? "give some to the film" : "lend a machine to earn some"
      } first.`,
    );
  }
  await tx`
    insert into credit_entries ${
    tx(jobs.map((job) => ({
      tenant_id: job.tenant_id,
      user_id: account.userId ?? null,
      project_id: account.projectId ?? null,
      kind: "reserved",
      amount: -(job.credits ?? 0),
      job_id: job.id,
    })))
  }`;
}

/**
 * Ends a job's reservation, in the transaction that ends the job: returned whole when nothing came of it; else what it took is
 * spent, never more than was reserved, and the rest returned. Twice is once.
 */
export async function settle(tx: Tx, job: Paid, succeeded: boolean): Promise<void> {
  const [held] = await tx<
    { id: number; amount: number; user_id: string | null; project_id: string | null }[]
  >`
    select id, -amount as amount, user_id, project_id from credit_entries r
    where job_id = ${job.id} and kind = 'reserved'
      and not exists (select 1 from credit_entries s where s.reservation = r.id)
    order by id desc limit 1`;
  if (!held) return;
  const used = succeeded
    ? await tx<{ seconds: number; expected_s: number | null; card: boolean }[]>`
      select amount as seconds, expected_s, kind = 'gpu_seconds' as card from usage_events
      where job_id = ${job.id} and kind in ('gpu_seconds', 'cpu_seconds') and made`
    : [];
  // As earn.ts counts it: what it costs is what its maker gets.
  const cost = used.reduce(
    (sum, { seconds, expected_s, card }) => sum + worth(seconds, card ? job.tier : null, expected_s),
    0,
  );
  const spent = Math.min(held.amount, cost);
  const entry = {
    tenant_id: job.tenant_id,
    user_id: held.user_id,
    project_id: held.project_id,
    job_id: job.id,
  };
  // The reservation is undone and the price booked: both are seen in the list, and the sum is what was not used.
  await tx`
    insert into credit_entries ${
    tx([
      { ...entry, kind: "returned", amount: held.amount, reservation: held.id },
      ...(spent > 0 ? [{ ...entry, kind: "spent", amount: -spent, reservation: held.id }] : []),
    ])
  } on conflict (reservation, kind) where reservation is not null do nothing`;
}

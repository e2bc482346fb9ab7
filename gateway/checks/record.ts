import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { Comparison } from "../../shared/jobs/compare.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import { judge } from "./judge.ts";
import { addOpinion, lockCheck } from "./store.ts";

type Done = z.infer<typeof CompleteBody>;

/** What came of a job of a check: another opinion, or how alike they are. A check that is over wants neither. */
export async function record(tx: Tx, job: JobRow, done: Done): Promise<void> {
  const check = await lockCheck(tx, job.tenant_id, job.check_id!);
  if (!check || check.ended_at !== null || check.job_id !== job.id) return;
  if (job.kind === "compare") return await recordComparison(tx, job, done);
  await addOpinion(tx, check, {
    nth: check.state === "third" ? 3 : 2,
    agent_id: job.lease_agent!,
    oid: done.file.oid,
    size: done.file.size,
    extension: done.file.extension,
    media: done.media,
    objects: [done.file, done.poster, done.proxy].flatMap((each) => each ? [each.oid] : []),
  });
}

async function recordComparison(tx: Tx, job: JobRow, { made_with, file }: Done): Promise<void> {
  const comparison = Comparison.safeParse(made_with.comparison);
  if (!comparison.success) {
    throw new ProblemError(
      "unprocessable",
      "The comparison does not say how alike the files are; send its figures.",
    );
  }
  // The pairs that were asked about: one that is left out would be asked about again, without end.
  for (const [a, b] of pairsOf(job.spec.inputs.map(({ name }) => name))) {
    const { alike, why } = judgeOrRefuse(comparison.data, a, b);
    const { psnr, hash } = comparison.data.pairs.find((each) => each.a === a && each.b === b) ?? {};
    await tx`
      insert into check_comparisons (check_id, tenant_id, a, b, alike, why, figures, picture_oid)
      values (${job.check_id}, ${job.tenant_id}, ${Number(a)}, ${Number(b)}, ${alike}, ${why},
        ${tx.json({ psnr: psnr ?? [], hash: hash ?? [] })}, ${file.oid})
      on conflict (check_id, a, b) do nothing`;
  }
}

function pairsOf(names: string[]): [string, string][] {
  return names.flatMap((a, at) => names.slice(at + 1).map((b): [string, string] => [a, b]));
}

function judgeOrRefuse(comparison: Comparison, a: string, b: string) {
  try {
    return judge(comparison, a, b);
  } catch (cause) {
    throw new ProblemError("unprocessable", (cause as Error).message, { cause });
  }
}

import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ExportRow } from "../assembly/mod.ts";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import type { JobRow } from "./mod.ts";

type Done = z.infer<typeof CompleteBody>;

/** Bytes that a report adds to the store. */
export function bytesOf({ file, poster, proxy }: Done): number {
  return file.size + (poster?.size ?? 0) + (proxy?.size ?? 0);
}

/** What came of an attempt. */
export type Made = { kind: "take"; row: TakeRow } | { kind: "export"; row: ExportRow } | { kind: "opinion" };

/** Whether a take is to be made again elsewhere, by chance; or what an opinion that was awaited means. Never fails the work itself. */
export async function lookAt({ checks, log }: Studio, job: JobRow, made: Made): Promise<void> {
  try {
    if (made.kind === "take") await checks.consider(job, made.row);
    if (made.kind === "opinion") await checks.advance(job.tenant_id, job.check_id!);
  } catch (error) {
    log.warn("A spot check could not go on; it is tried again", { job: job.id, error });
  }
}

/** The row of what was made, in the transaction that ends the job. */
export async function record(
  { takes, assembly, checks }: Studio,
  tx: Tx,
  project: ProjectRow,
  job: JobRow,
  body: Done,
): Promise<Made> {
  if (job.check_id !== null) {
    await checks.record(tx, job, body);
    return { kind: "opinion" };
  }
  return job.kind === "generate"
    ? { kind: "take", row: await takes.record(tx, project, job, body) }
    : { kind: "export", row: await assembly.record(tx, project, job, body) };
}

/** Every object that the report names was uploaded and verified, with the size it says. */
export async function checkObjects({ lfs }: Studio, tx: Tx, job: JobRow, body: Done): Promise<void> {
  const named = [["file", body.file], ["poster", body.poster], ["proxy", body.proxy]] as const;
  await Promise.all(named.map(async ([what, object]) => {
    if (!object) return;
    const size = await lfs.ready(tx, job.project_id, object.oid);
    if (size === null) {
      throw new ProblemError(
        "unprocessable",
        `The ${what} ${
          object.oid.slice(0, 12)
        } is not in the project's store; upload and verify it, then report again.`,
      );
    }
    if (size !== object.size) {
      throw new ProblemError(
        "unprocessable",
        `The ${what} ${object.oid.slice(0, 12)} has ${size} bytes, not the ${object.size} of the report.`,
      );
    }
  }));
}

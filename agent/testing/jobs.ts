import type { z } from "zod";
import { CompleteBody, FailBody, ReleaseBody } from "../../shared/agents/protocol.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { JobSpec } from "../../shared/jobs/job.ts";
import { problem } from "./problem.ts";
import type { TestStore } from "./store.ts";

/** A job of the small gateway: fenced like the real one's. */
export interface TestJob {
  id: string;
  spec: JobSpec;
  capability: string;
  inputs: { name: string; oid: string; size: number; file_name: string }[];
  state: "queued" | "leased" | "succeeded" | "failed" | "cancelled";
  grant: number;
  boot: string | null;
  slot: string | null;
  cancel: boolean;
  maxRunS: number;
  completed: z.infer<typeof CompleteBody>[];
  failed: z.infer<typeof FailBody>[];
  released: string[];
  previews: Uint8Array[];
}

export interface NewJob {
  capability?: string;
  inputs?: TestJob["inputs"];
  maxRunS?: number;
}

export function newJob(
  spec: JobSpec,
  { capability = "test@low", inputs = [], maxRunS = 600 }: NewJob = {},
): TestJob {
  return {
    id: uuidv7(),
    spec,
    capability,
    inputs,
    state: "queued",
    grant: 0,
    boot: null,
    slot: null,
    cancel: false,
    maxRunS,
    completed: [],
    failed: [],
    released: [],
    previews: [],
  };
}

/** The job of a lease that is its latest grant and not finished. */
export function holderOf(jobs: ReadonlyMap<string, TestJob>, lease: string): TestJob | null {
  const [id, grant] = lease.split(".");
  const job = jobs.get(id!);
  return job && job.grant === Number(grant) && (job.state === "leased" || job.state === "queued")
    ? job
    : null;
}

/** What an agent says about a lease: that its job is done, failed, handed back, or how it looks. */
export async function hearOfLease(
  { jobs, store }: { jobs: ReadonlyMap<string, TestJob>; store: TestStore },
  lease: string,
  action: string,
  request: Request,
): Promise<Response> {
  const job = holderOf(jobs, lease);
  if (action === "complete") {
    const body = CompleteBody.parse(await request.json());
    const known = jobs.get(lease.split(".")[0]!);
    // Twice is a no-op.
    if (known?.state === "succeeded" && known.grant === Number(lease.split(".")[1])) {
      return Response.json({});
    }
    if (!job) return problem("lease_lost", "The job was granted to another agent.");
    if (job.cancel) return problem("lease_lost", "The job was cancelled.");
    if (!store.has(body.file.oid)) return problem("unprocessable", "The file was not uploaded.");
    job.completed.push(body);
    job.state = "succeeded";
    return Response.json({});
  }
  if (!job) return problem("lease_lost", "The job was granted to another agent.");
  if (action === "preview") job.previews.push(new Uint8Array(await request.arrayBuffer()));
  if (action === "fail") {
    const body = FailBody.parse(await request.json());
    job.failed.push(body);
    job.state = body.class === "cancelled" ? "cancelled" : "failed";
  }
  if (action === "release") {
    job.released.push(ReleaseBody.parse(await request.json()).reason);
    // Kept out of the queue, so that a test sees that it came back.
    job.state = "queued";
    job.capability = `released ${job.capability}`;
    job.grant++;
  }
  return new Response(null, { status: 204 });
}

import { useComputed } from "@preact/signals";
import { type JobView, queueOf } from "../dock/queue_order.ts";
import { remainingText } from "../../state/words.ts";
import { waitingText } from "../runner_title.ts";
import { useWorkspace } from "../workspace.ts";

/** What a node's machines are doing, in one line: waiting for what, working with bar and time, fell back, failed. */
export function NodeStatus({ id, bare = false }: { id: string; bare?: boolean }) {
  const { live, stale } = useWorkspace();
  const outOfDate = stale.of(id).value;
  const jobs = live.jobsOf(id);
  const takes = live.takeCount(id);
  const working = jobs.find((job) => job.state === "leased");
  const first = working ?? jobs[0];
  const content = (
    <>
      {working && <Working jobId={working.id} more={jobs.length - 1} />}
      {!working && first?.state === "queued" && <Waiting job={first} />}
      {!working && first?.state === "blocked" && (
        <div class="line">{first.waiting?.sentence ?? "Waits for other jobs"}</div>
      )}
      {!working && first?.state === "failed" && (
        <div class="line broken-text" title={first.error?.detail}>{first.error?.message}</div>
      )}
      {first?.fallback && <div class="notice-box">{first.fallback}</div>}
      {!working && outOfDate && <div class="line attention-text">{outOfDate}</div>}
      {!first && !bare && !outOfDate && (
        <div class="line">
          <span>
            {takes === 0 ? "Nothing made yet" : `${takes} ${takes === 1 ? "take" : "takes"}`}
          </span>
        </div>
      )}
    </>
  );
  return bare ? content : <footer>{content}</footer>;
}

/** Its place in the queue; where that is not what it waits for, the reason. */
function Waiting({ job }: { job: JobView }) {
  const workspace = useWorkspace();
  const { live } = workspace;
  if (job.waiting && job.waiting.reason !== "next") {
    return <div class="line attention-text">{waitingText(workspace, job)}</div>;
  }
  const place = queueOf(live.jobs.value.values()).waiting.findIndex((each) => each.id === job.id);
  return (
    <div class="line" title={job.waiting?.sentence}>
      {place <= 0 ? "Next in the queue" : `Number ${place + 1} in the queue`}
    </div>
  );
}

function Working({ jobId, more }: { jobId: string; more: number }) {
  const { live } = useWorkspace();
  const progress = live.progress(jobId);
  const stage = useComputed(() => progress.value?.stage ?? "Starting");
  const left = useComputed(() => remainingText(progress.value?.seconds_left));
  const width = useComputed(() => `width:${Math.round((progress.value?.progress ?? 0) * 100)}%`);
  return (
    <>
      <div class="line">
        <span>{stage}</span>
        <span class="mono">{left}</span>
      </div>
      <div class="bar">
        <i style={width} />
      </div>
      {more > 0 && <div class="line dim">{more} more waiting</div>}
    </>
  );
}

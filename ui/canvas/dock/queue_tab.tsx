import { signal } from "@preact/signals";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { runAction } from "../actions.ts";
import { useWorkspace } from "../workspace.ts";
import { type JobView, placeOf, queueOf } from "./queue_order.ts";
import { type Grip, Row } from "./queue_row.tsx";

/** The job that is being dragged. */
const dragged = signal<string | null>(null);

/** What is being made, what waits in which order and for what, what failed. */
export function QueueTab() {
  const workspace = useWorkspace();
  const { running, waiting, blocked, failed } = queueOf(workspace.live.jobs.value.values());
  const open = running.length + waiting.length + blocked.length;
  if (open + failed.length === 0) {
    return (
      <div class="empty">
        <p>Nothing is waiting. Generate puts work here.</p>
      </div>
    );
  }
  const place = (id: string, before: string | null | undefined) => {
    if (before !== undefined && before !== id) void attempt(() => api.placeJob(id, before));
  };
  const grip = (job: JobView, index: number): Grip => ({
    place: index + 1,
    of: waiting.length,
    move: (by) => place(job.id, placeOf(waiting, job.id, by)),
    drag: () => dragged.value = job.id,
    over: () => dragged.value !== null && dragged.value !== job.id,
    drop(below) {
      const id = dragged.value;
      dragged.value = null;
      if (id) place(id, below ? waiting[index + 1]?.id ?? null : job.id);
    },
    end: () => dragged.value = null,
  });
  return (
    <>
      {workspace.canEdit && open > 1 && (
        <div class="queue-head">
          <span class="dim">
            {running.length} being made, {waiting.length + blocked.length} waiting
          </span>
          <button type="button" class="button small" onClick={() => runAction(workspace, "cancel_all")}>
            Cancel all {open}
          </button>
        </div>
      )}
      <table class="queue" aria-label="Queue">
        <tbody>
          {running.map((job) => <Row key={job.id} job={job} />)}
          {waiting.map((job, index) => <Row key={job.id} job={job} grip={grip(job, index)} />)}
          {blocked.map((job) => <Row key={job.id} job={job} />)}
          {failed.map((job) => <Row key={job.id} job={job} />)}
        </tbody>
      </table>
    </>
  );
}

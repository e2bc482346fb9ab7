import { useComputed } from "@preact/signals";
import { ArrowUp } from "lucide-preact";
import type { z } from "zod";
import type { Job } from "../../../shared/jobs/job.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { TIERS } from "../../../shared/tiers.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { remainingText } from "../../state/words.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";

type JobView = z.infer<typeof Job>;
const OPEN = ["leased", "queued", "blocked"];

export function QueueTab() {
  const { live } = useWorkspace();
  const all = [...live.jobs.value.values()];
  const shown = [
    ...all.filter((job) => OPEN.includes(job.state)).sort((a, b) =>
      OPEN.indexOf(a.state) - OPEN.indexOf(b.state) || b.priority - a.priority || (a.id < b.id ? -1 : 1)
    ),
    ...all.filter((job) => job.state === "failed").sort((a, b) => a.id < b.id ? 1 : -1).slice(0, 20),
  ];
  if (shown.length === 0) {
    return (
      <div class="empty">
        <p>Nothing is waiting. Generate puts work here.</p>
      </div>
    );
  }
  return (
    <table>
      <tbody>{shown.map((job) => <Row key={job.id} job={job} />)}</tbody>
    </table>
  );
}

function Row({ job }: { job: JobView }) {
  const workspace = useWorkspace();
  const { live, canEdit, document, branch, branches } = workspace;
  const elsewhere = (job.branch ?? MAIN) !== branch ? branches.titleOf(job.branch ?? MAIN) : null;
  const progress = live.progress(job.id);
  const width = useComputed(() => `width:${Math.round((progress.value?.progress ?? 0) * 100)}%`);
  const stage = useComputed(() => progress.value?.stage ?? "Starting");
  const left = useComputed(() => remainingText(progress.value?.seconds_left));
  return (
    <tr>
      <td>
        {job.node_id && document.node(job.node_id).value
          ? (
            <button
              type="button"
              class="link"
              title={`Go to ${document.node(job.node_id).value!.title}`}
              onClick={() => goTo(workspace, job.node_id!)}
            >
              <b>{job.title}</b>
            </button>
          )
          : <b>{job.title}</b>}
        {elsewhere && <span class="dim">&nbsp; on {elsewhere}</span>}
      </td>
      <td class="dim">{job.runner}{job.tier ? ` · ${TIERS[job.tier].label}` : ""}</td>
      {job.state === "leased"
        ? (
          <>
            <td class="bar-cell">
              <div class="bar">
                <i style={width} />
              </div>
            </td>
            <td class="dim">{stage} · {job.agent}</td>
            <td class="mono">{left}</td>
          </>
        )
        : job.state === "failed"
        ? <td colSpan={3} class="broken-text">{job.error?.message}</td>
        : (
          <td colSpan={3} class={job.waiting && job.waiting.reason !== "next" ? "attention-text" : "dim"}>
            {job.waiting?.sentence}
          </td>
        )}
      <td style="text-align:right">
        {canEdit && job.state === "queued" && job.priority < 9 && (
          <button
            type="button"
            class="button quiet icon small"
            title="Move to the front"
            onClick={() => void attempt(() => api.setPriority(job.id, 9))}
          >
            <ArrowUp size={14} />
          </button>
        )}
        {!canEdit ? null : job.state === "failed"
          ? (
            <button
              type="button"
              class="button quiet small"
              onClick={() => void attempt(() => api.retry(job.id))}
            >
              Try again
            </button>
          )
          : (
            <button
              type="button"
              class="button quiet small"
              disabled={job.cancel_requested}
              onClick={() => void attempt(() => api.cancel(job.id))}
            >
              {job.cancel_requested ? "Cancelling" : "Cancel"}
            </button>
          )}
      </td>
    </tr>
  );
}

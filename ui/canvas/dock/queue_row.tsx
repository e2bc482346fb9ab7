import { useComputed } from "@preact/signals";
import { GripVertical } from "lucide-preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { MAIN } from "../../../shared/project/branch.ts";
import { TIERS } from "../../../shared/tiers.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { remainingText } from "../../state/words.ts";
import { copyDiagnostics } from "../diagnostics/copy.ts";
import { JobDetails } from "../fleet/job_details.tsx";
import { goTo } from "../levels.ts";
import { runnerTitle, waitingText } from "../runner_title.ts";
import { useWorkspace } from "../workspace.ts";
import type { JobView } from "./queue_order.ts";

/** How a waiting job is moved: by dragging its row, or with the arrows on its handle. */
export interface Grip {
  /** From 1. */
  place: number;
  of: number;
  move(by: number): void;
  drag(): void;
  /** Something that can be dropped is over it. */
  over(): boolean;
  drop(below: boolean): void;
  end(): void;
}

export function Row({ job, grip }: { job: JobView; grip?: Grip }) {
  const workspace = useWorkspace();
  const { canEdit, document: doc, branch, branches } = workspace;
  const elsewhere = (job.branch ?? MAIN) !== branch ? branches.titleOf(job.branch ?? MAIN) : null;
  const node = job.node_id && !elsewhere ? doc.node(job.node_id).value : null;
  const [open, setOpen] = useState(false);
  const [mark, setMark] = useState<"above" | "below" | null>(null);
  const movable = canEdit && grip && grip.of > 1;
  const isBelow = (event: DragEvent) => {
    const { top, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return event.clientY > top + height / 2;
  };
  const row = (
    <tr
      class={mark ? `drop-${mark}` : undefined}
      draggable={movable}
      onDragStart={(event) => {
        event.dataTransfer?.setData("text/plain", job.title);
        grip?.drag();
      }}
      onDragEnd={() => grip?.end()}
      onDragOver={(event) => {
        if (!grip?.over()) return;
        event.preventDefault();
        setMark(isBelow(event) ? "below" : "above");
      }}
      onDragLeave={() => setMark(null)}
      onDrop={(event) => {
        setMark(null);
        if (!grip?.over()) return;
        event.preventDefault();
        grip.drop(isBelow(event));
      }}
    >
      <td class="place">
        {movable ? <Handle job={job} grip={grip} /> : null}
        {grip && <span class="mono dim">{grip.place}</span>}
      </td>
      <td>
        <button
          type="button"
          class="link"
          disabled={!node}
          title={node ? `Go to ${node.title}` : undefined}
          onClick={() => node && goTo(workspace, node.id)}
        >
          {job.title}
        </button>
        {elsewhere && <span class="dim">&nbsp; on {elsewhere}</span>}
      </td>
      <td class="dim">{runnerTitle(workspace, job.runner)}{job.tier ? ` · ${TIERS[job.tier].label}` : ""}</td>
      <State job={job} place={grip?.place} />
      <td class="row-buttons">
        <button
          type="button"
          class="button quiet small"
          aria-expanded={open}
          aria-label={`Details of ${job.title}`}
          onClick={() => setOpen(!open)}
        >
          {job.state === "leased" || job.state === "failed" ? "Log" : "Where"}
        </button>
        {job.state === "failed" && (
          <button
            type="button"
            class="button quiet small"
            onClick={() => void copyDiagnostics(workspace, job)}
          >
            Copy diagnostics
          </button>
        )}
        {canEdit && <Buttons job={job} />}
      </td>
    </tr>
  );
  return open
    ? (
      <>
        {row}
        <tr class="details">
          <td colSpan={7}>
            <JobDetails job={job} />
          </td>
        </tr>
      </>
    )
    : row;
}

/** Holds the focus while its row moves. */
const held = { id: "" };

function Handle({ job, grip }: { job: JobView; grip: Grip }) {
  const button = useRef<HTMLButtonElement>(null);
  // A row that is moved in the page loses the focus.
  useLayoutEffect(() => {
    if (held.id === job.id && document.activeElement === document.body) button.current?.focus();
  });
  const keys: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, Home: -grip.of, End: grip.of };
  return (
    <button
      ref={button}
      type="button"
      class="button quiet icon small grip"
      title="Drag, or move with the arrow keys"
      aria-label={`Move ${job.title}: place ${grip.place} of ${grip.of}`}
      onKeyDown={(event) => {
        const by = keys[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        held.id = job.id;
        grip.move(by);
      }}
      onFocus={() => held.id = job.id}
      onPointerDown={() => held.id = ""}
    >
      <GripVertical size={14} />
    </button>
  );
}

function State({ job, place }: { job: JobView; place: number | undefined }) {
  const workspace = useWorkspace();
  const { live } = workspace;
  const progress = live.progress(job.id);
  const width = useComputed(() => `width:${Math.round((progress.value?.progress ?? 0) * 100)}%`);
  const stage = useComputed(() => progress.value?.stage ?? "Starting");
  const left = useComputed(() => remainingText(progress.value?.seconds_left));
  if (job.state === "leased") {
    return (
      <>
        <td class="bar-cell">
          <div class="bar">
            <i style={width} />
          </div>
        </td>
        <td class="dim">{stage} · {job.agent}</td>
        <td class="mono">{left}</td>
      </>
    );
  }
  if (job.state === "failed") return <td colSpan={3} class="broken-text">{job.error?.message}</td>;
  if (job.waiting?.reason === "next") {
    return (
      <td colSpan={3} class="dim" title={job.waiting.sentence}>
        {place === 1 ? "Next, as soon as a card is free" : "Comes after those before it"}
      </td>
    );
  }
  return <td colSpan={3} class={job.waiting ? "attention-text" : "dim"}>{waitingText(workspace, job)}</td>;
}

function Buttons({ job }: { job: JobView }) {
  if (job.state === "failed") {
    return (
      <button
        type="button"
        class="button quiet small"
        onClick={() => void attempt(() => api.retry(job.id))}
      >
        Try again
      </button>
    );
  }
  return (
    <button
      type="button"
      class="button quiet small"
      disabled={job.cancel_requested}
      onClick={() => void attempt(() => api.cancel(job.id))}
    >
      {job.cancel_requested ? "Cancelling" : "Cancel"}
    </button>
  );
}

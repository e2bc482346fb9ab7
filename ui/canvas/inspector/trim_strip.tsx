import { useEffect, useRef, useState } from "preact/hooks";
import type { Take } from "../../../shared/api/work.ts";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { RATES, secondsOf } from "../../../shared/time/rate.ts";
import { durationText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";
import { paintStrip } from "./film_strip.ts";
import type { SetFields } from "./node_panel.tsx";
import { type Grip, keyStep, moved, type Range, rangeIn, trimTo } from "./trim.ts";

interface TrimProps {
  node: NodeOf<"shot">;
  set: SetFields;
}

/** The active take as a strip: its ends are pulled to trim, its middle to slip. Nothing where there is no clip yet. */
export function TrimStrip({ node, set }: TrimProps) {
  const { live } = useWorkspace();
  const take = live.activeTake(node.id);
  if (!take?.proxy_url || take.kind !== "video") return null;
  return <Strip key={take.id} node={node} set={set} take={take} clip={take.proxy_url} />;
}

const GRIPS: Readonly<Record<Grip, { name: string; gesture: string }>> = {
  first: { name: "Begins with", gesture: "Trim the beginning" },
  end: { name: "Ends after", gesture: "Trim the end" },
  both: { name: "Slip", gesture: "Slip the take" },
};

function Strip({ node, set, take, clip }: TrimProps & { take: Take; clip: string }) {
  const { project, canEdit } = useWorkspace();
  const { fps } = project.value;
  const canvas = useRef<HTMLCanvasElement>(null), strip = useRef<HTMLDivElement>(null);
  /** What is pulled at, and how it stands meanwhile; one gesture when it is let go. */
  const [held, setHeld] = useState<{ grip: Grip; range: Range } | null>(null);
  const kept = rangeIn(node, take.media.frames);
  const total = take.media.frames;
  const { first, end } = held?.range ?? kept;
  useEffect(() => {
    const stop = new AbortController();
    paintStrip(canvas.current!, clip, stop.signal).catch(() => {});
    return () => stop.abort();
  }, [clip]);

  const commit = () => {
    if (!held) return;
    setHeld(null);
    const fields = trimTo(held.range, kept, total);
    if (fields) set(GRIPS[held.grip].gesture, fields);
  };
  const pull = (grip: Grip, down: PointerEvent) => {
    if (!canEdit || down.button !== 0) return;
    const target = down.currentTarget as HTMLElement;
    target.setPointerCapture(down.pointerId);
    const frames = total / strip.current!.getBoundingClientRect().width;
    target.onpointermove = (event) =>
      setHeld({ grip, range: moved(kept, grip, (event.clientX - down.clientX) * frames, total) });
    target.onlostpointercapture = () => target.onpointermove = null;
  };
  const press = (grip: Grip, event: KeyboardEvent) => {
    const by = keyStep(event.key, event.shiftKey);
    if (event.key === "Escape") setHeld(null);
    if (by === null || !canEdit || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    setHeld({ grip, range: moved(held?.range ?? kept, grip, by, total) });
  };
  const at = (frame: number) => `${(frame / total) * 100}%`;
  const gripOf = (grip: Grip) => {
    const frame = grip === "end" ? end : first;
    return {
      role: "slider",
      tabIndex: canEdit ? 0 : -1,
      class: `grip ${grip}`,
      title: grip === "both" ? "Drag to slip: other frames, the same length" : GRIPS[grip].gesture,
      "aria-label": GRIPS[grip].name,
      "aria-disabled": !canEdit,
      "aria-valuemin": grip === "end" ? first + 1 : 0,
      "aria-valuemax": grip === "end" ? total : grip === "first" ? end - 1 : total - (end - first),
      "aria-valuenow": frame,
      "aria-valuetext": durationText(frame, fps),
      onPointerDown: (event: PointerEvent) => pull(grip, event),
      onPointerUp: commit,
      onPointerCancel: () => setHeld(null),
      onKeyDown: (event: KeyboardEvent) => press(grip, event),
      onKeyUp: commit,
      onBlur: commit,
    } as const;
  };
  return (
    <div class="field trim">
      <span>
        Trim <small class="mono">{durationText(end - first, fps)} of {durationText(total, fps)}</small>
      </span>
      <div
        ref={strip}
        class="trim-strip"
        role="group"
        aria-label="Trim"
        style={take.poster_url ? { backgroundImage: `url("${take.poster_url}")` } : {}}
      >
        <canvas ref={canvas} width={640} height={96} aria-hidden="true" />
        <i class="off" style={{ left: 0, width: at(first) }} />
        <i class="off" style={{ left: at(end), right: 0 }} />
        <div {...gripOf("both")} style={{ left: at(first), width: at(end - first) }} />
        <div {...gripOf("first")} style={{ left: at(first) }} />
        <div {...gripOf("end")} style={{ left: at(end) }} />
        {held && (
          <Peek clip={clip} seconds={secondsOf((held.grip === "end" ? end - 1 : first) + 0.5, RATES[fps])} />
        )}
      </div>
      <div class="trim-ends mono">
        <span>in {durationText(first, fps)}</span>
        <span>out {durationText(end, fps)}</span>
      </div>
    </div>
  );
}

/** The frame that is at the grip, above it while it is pulled. */
function Peek({ clip, seconds }: { clip: string; seconds: number }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => void (video.current!.currentTime = seconds), [seconds]);
  return <video ref={video} class="trim-peek" src={clip} muted preload="auto" aria-hidden="true" />;
}

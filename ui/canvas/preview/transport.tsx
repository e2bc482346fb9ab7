import { Pause, Play, SkipBack, SkipForward } from "lucide-preact";
import { useComputed } from "@preact/signals";
import { RATES } from "../../../shared/time/rate.ts";
import { formatTimecode } from "../../../shared/time/timecode.ts";
import { useWorkspace } from "../workspace.ts";
import type { Clock } from "./use_clock.ts";

/** Play, step, scrub, mark. */
export function Transport(
  { clock, start, total, onMark }: {
    clock: Clock;
    /** Frames since midnight with which the film begins: its timecode is that of its list. */
    start: number;
    total: number;
    onMark: (which: "in" | "out") => void;
  },
) {
  const { project, canEdit } = useWorkspace();
  const { fps, drop_frame } = project.value;
  const { frame, speed } = clock;
  const clocked = (frames: number) => formatTimecode(frames, RATES[fps], { drop: drop_frame });
  const text = useComputed(() => clocked(start + frame.value));
  const running = speed.value;
  return (
    <div class="transport">
      <button type="button" class="button icon" aria-label="One frame back" onClick={() => clock.step(-1)}>
        <SkipBack size={16} />
      </button>
      <button
        type="button"
        class="button icon"
        aria-label={running ? "Pause" : "Play"}
        autofocus
        onClick={clock.toggle}
      >
        {running ? <Pause size={16} /> : <Play size={16} />}
      </button>
      <button type="button" class="button icon" aria-label="One frame on" onClick={() => clock.step(1)}>
        <SkipForward size={16} />
      </button>
      <span class="mono" aria-label="Time">{text}</span>
      {running !== 0 && running !== 1 && <span class="mono dim">{running} ×</span>}
      <span class="mono dim" title="Length of the film">{clocked(total)}</span>
      <span style="flex:1" />
      {canEdit && (
        <>
          <button type="button" class="button small" title="I" onClick={() => onMark("in")}>Mark in</button>
          <button type="button" class="button small" title="O" onClick={() => onMark("out")}>Mark out</button>
        </>
      )}
    </div>
  );
}

import { Pause, Play, SkipBack, SkipForward } from "lucide-preact";
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { RATES, secondsOf } from "../../../shared/time/rate.ts";
import { durationText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";

/** Seconds that the right may be off before it is set right: below it, setting costs more than it gives. */
const APART_S = 0.05;

/** Plays, steps and scrubs two clips as one: the right follows the left. */
export function Together(
  { left, right, frames }: {
    left: RefObject<HTMLVideoElement | null>;
    right: RefObject<HTMLVideoElement | null>;
    /** Of the left. */
    frames: number;
  },
) {
  const { fps } = useWorkspace().project.value;
  const [frame, setFrame] = useState(0);
  const [runs, setRuns] = useState(true);
  useEffect(() => {
    const clip = left.current;
    if (!clip) return;
    const stop = new AbortController();
    const on = (event: string, run: () => void) => clip.addEventListener(event, run, { signal: stop.signal });
    on("timeupdate", () => {
      setFrame(Math.min(frames - 1, Math.floor(clip.currentTime * frames / clip.duration || 0)));
      const other = right.current;
      if (other && Math.abs(other.currentTime - clip.currentTime) > APART_S) {
        other.currentTime = clip.currentTime;
      }
    });
    on("play", () => (setRuns(true), void right.current?.play().catch(() => {})));
    on("pause", () => (setRuns(false), right.current?.pause()));
    return () => stop.abort();
  }, [left.current?.src, frames]);
  const toggle = () => runs ? left.current?.pause() : void left.current?.play();
  const seek = (to: number) => {
    left.current?.pause();
    const frame = Math.min(frames - 1, Math.max(0, to));
    setFrame(frame);
    // In the middle of the frame: at its border a browser may show the one before.
    for (const clip of [left.current, right.current]) {
      if (clip) clip.currentTime = secondsOf(frame + 0.5, RATES[fps]);
    }
  };
  return (
    <div class="transport">
      <button type="button" class="button icon" aria-label="One frame back" onClick={() => seek(frame - 1)}>
        <SkipBack size={16} />
      </button>
      <button
        type="button"
        class="button icon"
        aria-label={runs ? "Pause" : "Play"}
        autofocus
        onClick={toggle}
      >
        {runs ? <Pause size={16} /> : <Play size={16} />}
      </button>
      <button type="button" class="button icon" aria-label="One frame on" onClick={() => seek(frame + 1)}>
        <SkipForward size={16} />
      </button>
      <input
        type="range"
        aria-label="Moment of both"
        aria-valuetext={durationText(frame, fps)}
        min={0}
        max={frames - 1}
        value={frame}
        onInput={(event) => seek(Number(event.currentTarget.value))}
      />
      <span class="mono">{durationText(frame, fps)}</span>
      <span class="mono dim">{durationText(frames, fps)}</span>
    </div>
  );
}

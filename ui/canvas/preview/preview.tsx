import { Pause, Play, X } from "lucide-preact";
import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { nominalRate, RATES } from "../../../shared/time/rate.ts";
import { durationText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";
import { blackAt, type Clip, clipAt, lengthOf, opacityAt, timelineOf } from "./timeline.ts";

/** The film from its proxies, at once and without a render: J, K, L and the arrows as in an edit suite. */
export function Preview() {
  const workspace = useWorkspace();
  const assembler = workspace.previewing.value;
  if (!assembler) return null;
  const node = workspace.document.node(assembler).value;
  const clips = timelineOf(workspace.document.graph.value, assembler, workspace.live.activeTake);
  return (
    <Player
      clips={clips}
      fades={node?.type === "assembler" ? node : {}}
      close={() => workspace.previewing.value = null}
    />
  );
}

interface Fades {
  fade_in?: number;
  fade_out?: number;
}

function Player({ clips, fades, close }: { clips: Clip[]; fades: Fades; close: () => void }) {
  const { project } = useWorkspace();
  const rate = RATES[project.value.fps];
  const total = lengthOf(clips);
  const frame = useSignal(0);
  const playing = useSignal(true);
  // What is wanted now, for a loop that outlives a drawing.
  const current = useRef(clips);
  current.current = clips;
  const index = useComputed(() => current.current.indexOf(clipAt(current.current, frame.value)!));
  const black = useComputed(() => `opacity:${blackAt(lengthOf(current.current), fades, frame.value)}`);
  const text = useComputed(() => durationText(frame.value, project.value.fps));

  useEffect(() => {
    let last = performance.now();
    let owed = 0;
    let handle = 0;
    const tick = (now: number) => {
      handle = requestAnimationFrame(tick);
      if (playing.value) {
        owed += ((now - last) * rate.num) / rate.den / 1000;
        const whole = Math.floor(owed);
        owed -= whole;
        const length = lengthOf(current.current);
        if (whole) frame.value = length ? (frame.value + whole) % length : 0;
      }
      last = now;
    };
    handle = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(handle);
  }, []);

  useEffect(() => {
    const step = (by: number) => {
      playing.value = false;
      frame.value = Math.min(Math.max(0, frame.value + by), Math.max(0, total - 1));
    };
    const keys: Record<string, () => void> = {
      Escape: close,
      " ": () => playing.value = !playing.value,
      k: () => playing.value = false,
      l: () => playing.value = true,
      j: () => step(-nominalRate(rate)),
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      Home: () => step(-Infinity),
      End: () => step(Infinity),
    };
    const heard = (event: KeyboardEvent) => {
      const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      run();
    };
    addEventListener("keydown", heard, { capture: true });
    return () => removeEventListener("keydown", heard, { capture: true });
  }, [total]);

  return (
    <div class="compare" role="dialog" aria-label="Preview of the film">
      <header>
        <b>Preview</b>
        <span class="dim">from the proxies, not a render</span>
        <span style="flex:1" />
        <button type="button" class="button quiet icon" aria-label="Close" onClick={close}>
          <X size={18} />
        </button>
      </header>
      <div class="stage">
        {clips.length === 0 && <p class="dim">There is no shot in the chain yet.</p>}
        {clips.map((clip, position) => (
          <Picture
            key={clip.shot.id}
            clip={clip}
            at={position}
            film={current}
            index={index}
            frame={frame}
            playing={playing}
          />
        ))}
        <div class="black" style={black} />
      </div>
      <div class="transport">
        <button
          type="button"
          class="button icon"
          aria-label={playing.value ? "Pause" : "Play"}
          onClick={() => playing.value = !playing.value}
        >
          {playing.value ? <Pause size={16} /> : <Play size={16} />}
        </button>
        <span class="mono">{text}</span>
        <input
          type="range"
          aria-label="Position"
          min={0}
          max={Math.max(0, total - 1)}
          value={frame}
          onInput={(event) => {
            playing.value = false;
            frame.value = Number(event.currentTarget.value);
          }}
        />
        <span class="mono dim">{durationText(total, project.value.fps)}</span>
      </div>
    </div>
  );
}

/** One shot's picture. The shots beside the one on screen are loaded too, so that a cut does not blink. */
function Picture(
  { clip, at, film, index, frame, playing }: {
    clip: Clip;
    at: number;
    film: { readonly current: Clip[] };
    index: ReadonlySignal<number>;
    frame: Signal<number>;
    playing: Signal<boolean>;
  },
) {
  const video = useRef<HTMLVideoElement>(null);
  const { project } = useWorkspace();
  const rate = RATES[project.value.fps];
  const near = useComputed(() => Math.abs(index.value - at) <= 1);
  const shown = useComputed(() => {
    const opacity = opacityAt(film.current, at, frame.value);
    return opacity ? `opacity:${opacity}` : "visibility:hidden";
  });
  useEffect(() =>
    frame.subscribe((now) => {
      const element = video.current;
      if (!element) return;
      const inside = Math.min(Math.max(0, now - clip.start), clip.frames + clip.dissolve - 1);
      // The middle of the frame: its first instant may still show the one before.
      const time = ((clip.from + inside + 0.5) * rate.den) / rate.num;
      const onScreen = opacityAt(film.current, at, now) > 0;
      if (onScreen && playing.peek()) {
        if (element.paused) void element.play().catch(() => {});
        // The element keeps its own time while it plays; the film's is followed when they drift apart.
        if (Math.abs(element.currentTime - time) > 0.12) element.currentTime = time;
      } else {
        if (!element.paused) element.pause();
        if (Math.abs(element.currentTime - time) > 0.25 * rate.den / rate.num) element.currentTime = time;
      }
    }), [clip.start, clip.frames, clip.from, clip.dissolve, near.value]);
  if (!near.value) return null;
  return (
    <div class="frame" style={shown}>
      {!clip.take
        ? <p class="dim">{clip.shot.title} has no take yet</p>
        : clip.take.kind === "video" && clip.take.proxy_url
        ? <video ref={video} src={clip.take.proxy_url} preload="auto" playsInline />
        : <img src={clip.take.file_url} alt={clip.shot.title} />}
    </div>
  );
}

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Cut } from "../../../shared/edl/mod.ts";
import { RATES } from "../../../shared/time/rate.ts";
import { aspectOf } from "../../../shared/time/aspect.ts";
import { useWorkspace } from "../workspace.ts";
import { clipPathOf } from "./clip_path.ts";
import { gainAt, headroom, type Layer, type Seen, seenAt } from "./layers.ts";
import type { Reel } from "./playable.ts";
import type { Clock } from "./use_clock.ts";

/** The picture in its shape; later takes lie above earlier ones and come in over them. */
export function Screen({ layers, cut, clock }: { layers: readonly Layer[]; cut: Cut<Reel>; clock: Clock }) {
  const { project } = useWorkspace();
  const { width, height, pixel_aspect } = project.value;
  const [wide, high] = aspectOf(pixel_aspect);
  const shape = (width * wide) / (height * high);
  return (
    <div class="stage">
      <div class="screen" style={`--shape:${shape}`}>
        {layers.map((layer, index) => (
          <Picture key={layer.key} layer={layer} index={index} cut={cut} clock={clock} />
        ))}
      </div>
    </div>
  );
}

function styleOf(seen: Seen | null): string {
  if (!seen) return "visibility:hidden";
  const { mix } = seen;
  if (!mix) return "";
  return mix.kind === "dissolve" ? `opacity:${mix.at}` : `clip-path:${clipPathOf(mix.pattern, mix.at)}`;
}

/** Seconds before a picture is wanted from which on it is loaded, so that a cut does not blink. */
const AHEAD_S = 4;
/** Slower or faster than this a browser does not play; it is shown frame by frame. */
const SLOWEST = 0.0625, FASTEST = 16;

/** One take's picture and sound. */
function Picture(
  { layer, index, cut, clock }: { layer: Layer; index: number; cut: Cut<Reel>; clock: Clock },
) {
  const video = useRef<HTMLVideoElement>(null);
  const { project } = useWorkspace();
  const rate = RATES[project.value.fps];
  const { frame, speed } = clock;
  const ahead = (AHEAD_S * rate.num) / rate.den;
  // The film may be cut anew while it is looked at.
  const own = useSignal(layer);
  own.value = layer;
  const near = useComputed(() =>
    frame.value > own.value.start - ahead && frame.value < own.value.end + ahead
  );
  const style = useComputed(() => `z-index:${index};${styleOf(seenAt(own.value, frame.value))}`);

  useEffect(() => {
    const follow = () => {
      const element = video.current;
      if (!element) return;
      const at = frame.value, running = speed.value;
      const seen = seenAt(layer, at);
      const { frame: wanted, retime } = seen ??
        { frame: seenAt(layer, layer.start)?.frame ?? 0, retime: undefined };
      // The middle of the frame: its first instant may still show the one before.
      const time = ((wanted + 0.5) * rate.den) / rate.num;
      const pace = running * (retime ? retime.num / retime.den : 1);
      const gain = loudness(cut, layer, at) * headroom(cut);
      element.volume = Math.min(1, gain);
      element.muted = gain === 0;
      if (seen && pace >= SLOWEST && pace <= FASTEST) {
        if (element.playbackRate !== pace) element.playbackRate = pace;
        if (element.paused) void element.play().catch(() => {});
        // The element keeps its own time while it plays; the film's is followed when they drift apart.
        if (Math.abs(element.currentTime - time) > 0.12 * Math.max(1, pace)) element.currentTime = time;
      } else {
        if (!element.paused) element.pause();
        if (Math.abs(element.currentTime - time) > 0.25 * rate.den / rate.num) element.currentTime = time;
      }
    };
    const stops = [frame.subscribe(follow), speed.subscribe(follow)];
    return () => stops.forEach((stop) => stop());
  }, [near.value, layer, cut]);

  if (!near.value) return null;
  const { reel } = layer;
  return (
    <div class={`frame ${reel ? "" : "black"}`} style={style} data-shot={reel?.shot?.id}>
      {!reel
        ? null
        : !reel.take
        ? <p class="dim">{reel.shot?.title} has no take yet</p>
        : reel.take.kind === "video" && reel.take.proxy_url
        ? <video ref={video} src={reel.take.proxy_url} preload="auto" playsInline />
        : <img src={reel.take.file_url} alt={reel.shot?.title} />}
    </div>
  );
}

/** Of the take's own sound: two of its stretches may meet in a crossfade. */
function loudness(cut: Cut<Reel>, { reel }: Layer, frame: number): number {
  return Math.max(0, ...cut.sounds.filter((it) => it.take === reel).map((sound) => gainAt(sound, frame)));
}

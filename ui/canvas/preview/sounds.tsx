import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Cut, Sound } from "../../../shared/edl/mod.ts";
import { RATES } from "../../../shared/time/rate.ts";
import { useWorkspace } from "../workspace.ts";
import { gainAt, headroom } from "./layers.ts";
import type { Reel } from "./playable.ts";
import type { Clock } from "./use_clock.ts";

/** The film's sound files: each plays while the film passes it, at its level. */
export function Sounds({ cut, clock }: { cut: Cut<Reel>; clock: Clock }) {
  const scale = headroom(cut);
  return (
    <>
      {cut.sounds.filter((sound) => sound.take.audio).map((sound) => (
        <Heard
          key={`${sound.channel} ${sound.take.reel} ${sound.at}`}
          sound={sound}
          scale={scale}
          clock={clock}
        />
      ))}
    </>
  );
}

/** Seconds before a sound is heard from which on it is loaded. */
const AHEAD_S = 6;

function Heard({ sound, scale, clock }: { sound: Sound<Reel>; scale: number; clock: Clock }) {
  const audio = useRef<HTMLAudioElement>(null);
  const { project } = useWorkspace();
  const rate = RATES[project.value.fps];
  const { frame, speed } = clock;
  const ahead = (AHEAD_S * rate.num) / rate.den;
  const own = useSignal(sound);
  own.value = sound;
  const near = useComputed(() => {
    const { at, frames } = own.value;
    return frame.value > at - ahead && frame.value < at + frames + ahead;
  });
  useEffect(() => {
    const follow = () => {
      const element = audio.current;
      if (!element) return;
      const at = frame.value, running = speed.value;
      const gain = gainAt(sound, at) * scale;
      const time = ((sound.start + at - sound.at) * rate.den) / rate.num;
      // A file may be shorter than its place: it is silent after.
      const over = Number.isFinite(element.duration) && time >= element.duration;
      if (gain === 0 || over || running <= 0) {
        if (!element.paused) element.pause();
        return;
      }
      element.volume = Math.min(1, gain);
      element.playbackRate = running;
      if (Math.abs(element.currentTime - time) > 0.15 * running) element.currentTime = time;
      if (element.paused) void element.play().catch(() => {});
    };
    const stops = [frame.subscribe(follow), speed.subscribe(follow)];
    return () => stops.forEach((stop) => stop());
  }, [near.value, sound, scale]);
  if (!near.value) return null;
  const source = `/api/projects/${project.value.id}/assets/${sound.take.oid}/file`;
  return <audio ref={audio} src={source} preload="auto" data-sound={sound.take.name} />;
}

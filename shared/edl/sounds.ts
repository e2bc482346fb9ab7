import { type CutTake, framesSince, mixedFrames, outgoing, type Source, sourceOf } from "./cut.ts";
import { BLACK, EdlError, type EdlEvent, hasPicture, hasSound, type Range, type Timeline } from "./model.ts";
import { lineOf } from "./parse.ts";
import { soundOf } from "./remarks.ts";

/** Sound of `frames` frames of a take from `start`, heard from frame `at` of the film. */
export interface Sound<T extends CutTake> {
  take: T;
  start: number;
  at: number;
  frames: number;
  /** Frames over which it comes up, and goes down, mixed with what is there. */
  fade_in: number;
  fade_out: number;
  /** Decibels; 0 is as recorded. */
  level: number;
  /** Frames of the take for frames of the film: its pitch stays. Absent: as many. */
  speed?: { num: number; den: number };
  /** Channel of the list: A, A2, A3, A4. What is on one channel follows on, and crosses over; channels are mixed. */
  channel: string;
}

/**
 * Sound events decide where there are any (B is sound and picture); else sound follows the picture. It crosses over with
 * dissolves and wipes. What is muted, held or played backwards is silent, and the second of two events that say the same of
 * a take on two channels (left and right) is left out.
 */
export function soundsOf<T extends CutTake>(
  timeline: Timeline,
  takes: readonly T[],
  { in: start, out: end }: Range,
): Sound<T>[] {
  const pictures = timeline.events.filter(hasPicture);
  const own = timeline.events.filter(hasSound);
  const explicit = own.length > 0;
  const seen = new Set<string>();
  return timeline.events.filter((event) => hasSound(event) || hasPicture(event)).flatMap((event) => {
    if (hasPicture(event)) return soundsOfEvent(event, pictures, explicit, timeline, takes, start);
    const lines = own.filter((it) => channelOf(it) === channelOf(event));
    const said = JSON.stringify([event.reel, event.clip, event.source, event.record]);
    if (event.channels.startsWith("A") && event.record.out > event.record.in && seen.has(said)) return [];
    seen.add(said);
    return soundsOfEvent(event, lines, explicit, timeline, takes, start);
  }).flatMap((sound) => within(sound, end - start));
}

/** What of a sound lies in the film. */
function within<T extends CutTake>(sound: Sound<T>, frames: number): Sound<T>[] {
  const early = Math.max(0, -sound.at);
  const late = Math.max(0, sound.at + sound.frames - frames);
  const left = sound.frames - early - late;
  if (left <= 0) return [];
  const { num, den } = sound.speed ?? { num: 1, den: 1 };
  return [{
    ...sound,
    start: sound.start + Math.floor((early * num) / den),
    at: sound.at + early,
    frames: left,
    fade_in: Math.min(left, Math.max(0, sound.fade_in - early)),
    fade_out: Math.min(left, Math.max(0, sound.fade_out - late)),
  }];
}

function soundsOfEvent<T extends CutTake>(
  event: EdlEvent,
  lines: readonly EdlEvent[],
  /** The list has sound of its own: a picture alone is silent. */
  explicit: boolean,
  timeline: Timeline,
  takes: readonly T[],
  start: number,
): Sound<T>[] {
  const frames = event.record.out - event.record.in;
  if (frames === 0) return [];
  const channel = channelOf(event);
  const mixed = mixedFrames(event);
  const at = event.record.in - start;
  const sounds: Sound<T>[] = [];
  if (mixed) {
    const leaving = outgoing(event, mixed, lines, timeline, takes);
    const before = lines.slice(0, lines.indexOf(event)).findLast((it) =>
      it.record.out === event.record.in && it.record.out > it.record.in
    );
    const sound = soundOf(before ?? { comments: [] });
    const silent = explicit && before && !hasSound(before);
    // One that has gone down by itself is not heard again.
    if (!silent && !sound.muted && sound.fade_out === 0) {
      sounds.push(
        ...heard(leaving, { at, frames: mixed, fade_in: 0, fade_out: mixed, level: sound.level, channel }),
      );
    }
  }
  if (event.reel === BLACK || (explicit && !hasSound(event))) return sounds;
  const { level, muted, fade_in, fade_out } = soundOf(event);
  const source = sourceOf(event, frames, timeline, takes);
  if (source.take?.audio && framesSince(0, event.source.in, timeline) < 0) {
    throw new EdlError(`The sound "${source.take.name}" begins before its first frame.`, lineOf(event));
  }
  if (!muted) {
    sounds.push(...heard(source, {
      ...{ at, frames, level, channel },
      fade_in: Math.min(frames, Math.max(mixed, fade_in)),
      fade_out: Math.min(frames, fade_out),
    }));
  }
  return sounds;
}

function heard<T extends CutTake>(
  { take, start, retime }: Source<T>,
  sound: Omit<Sound<T>, "take" | "start" | "speed">,
): Sound<T>[] {
  if (!take || take.still || (retime && retime.num <= 0)) return [];
  const speed = retime ? { speed: { num: retime.num, den: retime.den } } : {};
  return [{ take, start, ...sound, ...speed }];
}

/** A: the takes' own sound, whether an event carries a picture with it or not. */
function channelOf({ channels }: EdlEvent): string {
  const found = /^A([2-9])/.exec(channels) ?? /\/A([2-9])$/.exec(channels);
  return found ? `A${found[1]}` : "A";
}

import type { AudioClip, AudioTrack } from "../canvas/graph.ts";
import { baseName, type EdlEvent, soundReel, soundRemarks, type Timeline } from "../edl/mod.ts";

/** Tracks of sound as events, on the channels A2, A3 and A4; the takes' own sound has the first. */
export function trackEvents(
  tracks: readonly AudioTrack[],
  start: number,
  timeline: Timeline,
  after: number,
): EdlEvent[] {
  const events: EdlEvent[] = [];
  tracks.forEach((track, index) => {
    if (track.muted) return;
    const clips = track.clips.toSorted((a, b) => a.at - b.at);
    for (const clip of clips) {
      const number = after + events.length + 1;
      events.push(soundEvent(clip, track, channelOf(index), start, timeline, number));
    }
  });
  return events;
}

/** Of the track at this place. */
export function channelOf(index: number): string {
  return `A${index + 2}`;
}

function soundEvent(
  clip: AudioClip,
  track: AudioTrack,
  channels: string,
  start: number,
  timeline: Timeline,
  number: number,
): EdlEvent {
  const event: EdlEvent = {
    ...{ number, reel: soundReel(clip.file.oid), channels, transition: { kind: "cut" } },
    source: { in: clip.from, out: clip.from + clip.frames },
    record: { in: start + clip.at, out: start + clip.at + clip.frames },
    clip: baseName(clip.file.path),
    comments: [],
  };
  const [fade_in, fade_out] = [clip.fade_in, clip.fade_out].map((fade) => Math.min(clip.frames, fade ?? 0));
  event.comments = [
    `FILE: ${clip.file.path}`,
    `LFS OID: sha256:${clip.file.oid}`,
    ...soundRemarks({ level: levelOf(clip, track), fade_in: fade_in!, fade_out: fade_out! }, event, timeline),
  ];
  return event;
}

/** Decibels at which a clip is heard, as a list says it: two decimals. */
export function levelOf(clip: Pick<AudioClip, "level">, track: Pick<AudioTrack, "level">): number {
  return Math.round(((clip.level ?? 0) + (track.level ?? 0)) * 100) / 100;
}

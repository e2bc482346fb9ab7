import type { AudioClip, AudioTrack, FileRef } from "../../shared/canvas/graph.ts";
import { MOST_TRACKS } from "../../shared/canvas/graph.ts";
import {
  baseName,
  type EdlEvent,
  hasPicture,
  hasSound,
  ownClip,
  recordRange,
  remarkOf,
  SILENCE,
  soundOf,
  soundReel,
  stemOf,
} from "../../shared/edl/mod.ts";
import { levelOf } from "../../shared/film/mod.ts";
import { formatTimecode } from "../../shared/time/timecode.ts";
import { assemblerOf } from "./compile.ts";
import type { ConformPlan, ConformSources } from "./plan.ts";
import type { ToldFilm } from "./read_film.ts";

/** A sound file on a track, as a list tells it. */
interface Told {
  file: FileRef;
  at: number;
  from: number;
  frames: number;
  /** Decibels, with its track's. */
  level: number;
  fade_in: number;
  fade_out: number;
}

/**
 * What changes of the film's tracks: its field of the assembler. A list without sound of its own says nothing of them. Sound of
 * takes is the picture's; sound that is found in no file of the project is listed.
 */
export function planSounds(
  film: ToldFilm,
  sources: ConformSources,
  plan: ConformPlan,
): Record<string, unknown> {
  const { timeline, graph, assembler } = sources;
  if (!timeline.events.some(hasSound)) return {};
  const node = assemblerOf(graph, assembler);
  const tracks = readTracks(film, sources, plan);
  const now = node.tracks ?? [];
  const most = Math.max(now.length, tracks.length);
  const next: AudioTrack[] = [];
  let changed = false;
  for (let index = 0; index < most; index++) {
    const track: AudioTrack = now[index] ?? { name: nameOf(index), clips: [] };
    const told = tracks[index] ?? [];
    const same = track.muted ? told.length === 0 : sameClips(track, told);
    if (same) {
      next.push(track);
      continue;
    }
    changed = true;
    const { muted: _, ...heard } = track;
    next.push({ ...heard, clips: told.map((each) => clipOf(each, track, sources.newId)) });
    plan.changes.push({
      ...{ kind: "sound", shot: null, node_id: assembler },
      sentence: `The track "${track.name}" plays ${
        told.map((each) => words(each, sources)).join(", ") || "nothing"
      }; it was ${track.clips.length ? counted(track.clips.length) : "empty"}.`,
    });
  }
  while (next.length && next.at(-1)!.clips.length === 0 && !now[next.length - 1]) next.pop();
  return changed ? { tracks: next } : {};
}

function readTracks(film: ToldFilm, sources: ConformSources, plan: ConformPlan): Told[][] {
  const { timeline, placeOf } = sources;
  const start = recordRange(timeline).in;
  const reels = new Set(film.used.map(({ event }) => event.reel.toUpperCase()));
  const tracks: Told[][] = [];
  const heard = timeline.events
    .filter((it) => hasSound(it) && !hasPicture(it) && it.record.out > it.record.in)
    .toSorted((a, b) => a.record.in - b.record.in);
  let ofTakes = 0;
  for (const event of heard) {
    const place = placeOf(event);
    const file = fileOf(event, sources);
    if (!file) {
      if (reels.has(event.reel.toUpperCase()) || isTake(event, sources)) ofTakes++;
      else {
        plan.unmatched.push({
          ...{ place, name: ownClip(event) ?? event.reel },
          reason: "No sound file of the project has this name; upload it under Audio.",
        });
      }
      continue;
    }
    const told = toldOf(event, file, start);
    const asked = Math.min(MOST_TRACKS - 1, Math.max(0, Number(/^A(\d)/.exec(event.channels)?.[1] ?? 1) - 2));
    const order = [asked, ...Array.from({ length: MOST_TRACKS }, (_, index) => index)];
    const free = order.find((index) => (tracks[index] ?? []).every((it) => it.at + it.frames <= told.at));
    if (told.at < 0 || free === undefined) {
      plan.notes.push(
        `The sound ${baseName(file.path)} at ${place} is left out: ${
          told.at < 0 ? "it begins before the film" : `more than ${MOST_TRACKS} files are heard at once`
        }.`,
      );
      continue;
    }
    for (let index = tracks.length; index <= free; index++) tracks.push([]);
    tracks[free]!.push(told);
  }
  if (ofTakes) {
    plan.notes.push(
      `${ofTakes} ${
        ofTakes === 1 ? "event" : "events"
      } with the sound of takes: on the canvas it follows the picture.`,
    );
  }
  return tracks;
}

function toldOf(event: EdlEvent, file: FileRef, start: number): Told {
  const sound = soundOf(event);
  const frames = event.record.out - event.record.in;
  return {
    file,
    at: event.record.in - start,
    from: event.source.in,
    frames,
    level: sound.muted ? SILENCE : sound.level,
    fade_in: Math.min(frames, sound.fade_in),
    fade_out: Math.min(frames, sound.fade_out),
  };
}

/** The sound file that an event means: by its content, its reel, its path or its name. */
function fileOf(event: EdlEvent, { sounds, graph, assembler }: ConformSources): FileRef | undefined {
  const placed = (assemblerOf(graph, assembler).tracks ?? []).flatMap((track) =>
    track.clips.map((clip) => clip.file)
  );
  const files = [...placed, ...sounds];
  const oid = remarkOf(event, "LFS OID")?.replace(/^sha256:/, "");
  const path = remarkOf(event, "FILE");
  const names = [ownClip(event) ?? "", event.reel].map((name) => stemOf(baseName(name)).toUpperCase());
  const found = files.find((file) => file.oid === oid) ??
    files.find((file) => soundReel(file.oid) === event.reel.toUpperCase()) ??
    files.find((file) => file.path === path) ??
    files.find((file) => names.includes(stemOf(baseName(file.path)).toUpperCase()));
  return found && { path: found.path, oid: found.oid, size: found.size };
}

function isTake(event: EdlEvent, { takes }: ConformSources): boolean {
  const names = [event.reel, ownClip(event) ?? ""].map((name) => stemOf(baseName(name)).toUpperCase());
  return takes.some((take) =>
    names.includes(take.reel.toUpperCase()) || names.includes(take.name.toUpperCase())
  );
}

function sameClips(track: AudioTrack, told: readonly Told[]): boolean {
  const clips = track.clips.toSorted((a, b) => a.at - b.at);
  return clips.length === told.length && clips.every((clip, index) => {
    const it = told[index]!;
    return clip.file.oid === it.file.oid && clip.at === it.at && clip.from === it.from &&
      clip.frames === it.frames && levelOf(clip, track) === it.level &&
      Math.min(clip.frames, clip.fade_in ?? 0) === it.fade_in &&
      Math.min(clip.frames, clip.fade_out ?? 0) === it.fade_out;
  });
}

function clipOf(told: Told, track: AudioTrack, newId: () => string): AudioClip {
  const own = track.clips.find((clip) => clip.file.oid === told.file.oid && clip.at === told.at) ??
    track.clips.find((clip) => clip.file.oid === told.file.oid);
  const level = Math.max(SILENCE, Math.round((told.level - (track.level ?? 0)) * 100) / 100);
  const taken = own && track.clips.filter((clip) => clip.file.oid === told.file.oid).length === 1;
  return {
    id: taken ? own.id : newId(),
    file: own?.file ?? told.file,
    ...{ at: told.at, from: told.from, frames: told.frames },
    ...(level ? { level } : {}),
    ...(told.fade_in ? { fade_in: told.fade_in } : {}),
    ...(told.fade_out ? { fade_out: told.fade_out } : {}),
  };
}

function nameOf(index: number): string {
  return ["Music", "Dialogue", "Effects"][index] ?? `Track ${index + 2}`;
}

function words({ file, at, level }: Told, { timeline }: ConformSources): string {
  const loud = level ? ` (${level > 0 ? "+" : ""}${level} dB)` : "";
  return `${baseName(file.path)} at ${formatTimecode(at, timeline.rate, { drop: timeline.drop })}${loud}`;
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "sound" : "sounds"}`;
}

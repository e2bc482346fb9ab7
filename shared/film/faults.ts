import type { NodeOf, Transition } from "../canvas/graph.ts";
import { baseName, lengthAt, wipeOf } from "../edl/mod.ts";
import { type FilmNode, type FilmSources, type FilmTake, type LaidShot, rangeOf } from "./lay.ts";

/** Why a film cannot be cut yet: what is meant (a node's id), and the sentence. */
export interface Fault {
  path: string;
  message: string;
}

/** The shots as the film uses them, or all that stands against it: takes that miss, trims outside them, too few frames to mix. */
export function filmFaults(
  { shots, takes, film }: FilmSources,
): { laid: LaidShot[]; faults: Fault[] } {
  const laid: LaidShot[] = [];
  const faults: Fault[] = [];
  for (const shot of shots) {
    const take = takes.get(shot.id);
    const fault = faultOf(shot, take);
    if (fault !== null || !take) {
      faults.push({ path: shot.id, message: fault ?? "" });
      continue;
    }
    const range = rangeOf(shot, take);
    const speed = take.kind === "image" ? 100 : shot.speed ?? 100;
    laid.push({ shot, take, range, speed, length: lengthAt(range.out - range.in, speed) });
  }
  if (!faults.length) faults.push(...transitionFaults(laid, film), ...trackFaults(film));
  return { laid, faults };
}

function faultOf(shot: NodeOf<"shot">, take: FilmTake | undefined): string | null {
  if (!take) return `${shot.shot} has no take yet; generate one.`;
  const range = rangeOf(shot, take);
  if (range.out <= range.in) {
    return `${shot.shot} is trimmed from frame ${range.in} to ${range.out}: nothing of it is left.`;
  }
  if (take.kind === "video" && shot.speed === 0 && range.in >= take.frames) {
    return `${shot.shot} holds frame ${range.in}, and ${take.name} has ${take.frames}, 0 to ${
      take.frames - 1
    }; ` +
      `trim its beginning less.`;
  }
  if (take.kind === "video" && shot.speed !== 0 && range.out > take.frames) {
    return `${shot.shot} is trimmed to end at frame ${range.out}, and ${take.name} has ${take.frames}; ` +
      `trim it to ${take.frames} at most or make a longer take.`;
  }
  return null;
}

/** Each shot that is too short, or has too little after its trim, for what is to be mixed over it. */
function transitionFaults(laid: readonly LaidShot[], film: FilmNode): Fault[] {
  const faults: Fault[] = [];
  for (const [index, each] of laid.entries()) {
    const { shot, length } = each;
    const before = mixedInto(laid, index, film);
    const next = laid[index + 1];
    const after = next ? 0 : film.fade_out ?? 0;
    const out = next ? shot.transition : undefined;
    const tell = (message: string) => faults.push({ path: shot.id, message });
    for (const wipe of [out, before]) {
      if (wipe?.kind !== "wipe" || wipeOf(wipe.pattern)) continue;
      tell(
        `${shot.shot} has wipe ${wipe.pattern}, which is none of those that can be drawn; choose another.`,
      );
    }
    if (out && shot.gap && out.frames > shot.gap) {
      tell(
        `${shot.shot} ${
          verbs(out)
        } to black for ${out.frames} frames and the black after it lasts ${shot.gap}; shorten one or lengthen the other.`,
      );
    }
    const lacking = out ? handleLacking(each, out.frames) : 0;
    if (out && lacking > 0) tell(handleSentence(each, out, shot.gap ? "black" : next!.shot.shot, lacking));
    const mixed = before?.frames ?? 0;
    if (Math.max(mixed, after ? leastBefore(each) : 0) + after > length) {
      tell(
        `${shot.shot} lasts ${length} frames, too few for ${
          [...(mixed ? [`${mixed} mixed in`] : []), ...(after ? [`${after} faded out`] : [])].join(" and ")
        }; shorten that or trim the shot less.`,
      );
    }
  }
  return faults;
}

/** Frames of film that a shot must be seen before it fades out: one, and one of its take. */
export function leastBefore({ range, length, speed, take }: LaidShot): number {
  if (take.kind === "image" || speed === 0 || speed === 100) return 1;
  return Math.max(1, Math.ceil(length / (range.out - range.in)));
}

/** The transition that a shot comes in with. */
export function mixedInto(
  laid: readonly { shot: NodeOf<"shot"> }[],
  index: number,
  film: FilmNode,
): Transition | undefined {
  const previous = laid[index - 1]?.shot;
  const { from_black } = laid[index]!.shot;
  if (previous) return previous.gap ? from_black : previous.transition;
  return film.fade_in ? { kind: "dissolve", frames: film.fade_in } : from_black;
}

/** Frames of the take that a transition out of the shot needs and it does not have after its trim, at its speed. */
export function handleLacking({ take, range, length, speed }: LaidShot, frames: number): number {
  if (take.kind === "image" || speed === 0) return 0;
  const used = range.out - range.in;
  const needed = Math.floor(((length + frames - 1) * used) / length) + 1 - used;
  const has = speed < 0 ? range.in : take.frames - range.out;
  return Math.max(0, needed - has);
}

function handleSentence(
  { shot, take, range, speed }: LaidShot,
  out: Transition,
  into: string,
  lacking: number,
): string {
  const { frames } = out;
  const shorten = `shorten the ${out.kind}`;
  const start = `${shot.shot} ${verbs(out)} into ${into} for ${frames} frames and ${take.name} has`;
  return speed < 0
    ? `${start} ${range.in} before its trim; set its in to ${range.in + lacking} or ${shorten}.`
    : `${start} ${take.frames - range.out} after its trim; set its out to ${
      range.out - lacking
    } or ${shorten}.`;
}

function verbs({ kind }: Transition): string {
  return kind === "wipe" ? "wipes" : "dissolves";
}

/** A track holds one sound at a time. */
function trackFaults(film: FilmNode): Fault[] {
  return (film.tracks ?? []).filter((track) => !track.muted).flatMap((track) => {
    const clips = track.clips.toSorted((a, b) => a.at - b.at);
    return clips.flatMap((clip, index) => {
      const before = clips[index - 1];
      const over = before ? before.at + before.frames - clip.at : 0;
      if (!before || over <= 0) return [];
      const message = `On the track "${track.name}", ${
        baseName(clip.file.path)
      } begins ${over} frames before ${
        baseName(before.file.path)
      } ends; move one of them or put it on another track.`;
      return [{ path: clip.id, message }];
    });
  });
}

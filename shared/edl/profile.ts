import { z } from "zod";
import { BLACK, type EdlEvent, ownClip } from "./model.ts";

/**
 * How a list names its clips. `cmx`: a reel of eight characters, what our agents render. `resolve`: reel and file stem
 * are one, which Resolve matches with "Assist using reel names". `premiere`: AX, clips found by FROM CLIP NAME.
 */
export const EdlProfile = z.enum(["cmx", "resolve", "premiere"]);
export type EdlProfile = z.infer<typeof EdlProfile>;

/** The reel of files that are no tape. */
export const AUXILIARY = "AX";
/** The reel of a sound file, by its content: takes' reels begin with T. */
export function soundReel(oid: string): string {
  const digits = BigInt(`0x${oid.slice(0, 12)}`).toString(36).toUpperCase();
  return `A${digits.slice(-7).padStart(7, "0")}`;
}

/** Characters of a reel that name a file; longer ones are cut by readers. */
const LONGEST_REEL = 128;

export interface Naming {
  reel: string;
  clip?: string;
  to_clip?: string;
}

/** What a profile writes for an event. `fileOf` gives the file name of a clip; the clip as it is when it knows none. */
export function namingOf(
  event: EdlEvent,
  partner: EdlEvent | undefined,
  profile: EdlProfile,
  fileOf: (clip: string) => string,
): Naming {
  if (profile === "cmx") return event;
  const file = (clip: string | undefined) => clip === undefined ? undefined : baseName(fileOf(clip));
  const clip = file(event.clip);
  const to_clip = file(event.to_clip);
  const names = { ...(clip === undefined ? {} : { clip }), ...(to_clip === undefined ? {} : { to_clip }) };
  if (event.reel === BLACK) return { reel: BLACK, ...names };
  if (profile === "premiere") return { reel: AUXILIARY, ...names };
  // The first line of a transition has no name of its own: it is the FROM of the second.
  const own = ownClip(event) ?? partner?.clip;
  const stem = own === undefined ? event.reel : stemOf(baseName(fileOf(own)));
  return { reel: stem.replace(/\s+/g, "_").slice(0, LONGEST_REEL) || event.reel, ...names };
}

/** "…/a.b.mp4" -> "a.b.mp4" */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1)!.trim();
}

/** "a.b.mp4" -> "a.b"; what looks like no extension stays. */
export function stemOf(file: string): string {
  return file.replace(/\.[A-Za-z][A-Za-z0-9]{1,4}$/, "");
}

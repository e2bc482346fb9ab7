import { BLACK, type EdlEvent, EdlProfile, hasPicture, noteOf, soundOf, type Timeline } from "../edl/mod.ts";

/** What a cut can be given away as. */
export const LIST_FORMATS = [...EdlProfile.options, "otio", "fcpxml"] as const;
export type ListFormat = typeof LIST_FORMATS[number];

const NAMES: Record<ListFormat, string> = {
  cmx: "CMX3600",
  resolve: "Resolve",
  premiere: "Premiere",
  otio: "OpenTimelineIO",
  fcpxml: "FCPXML",
};

/**
 * What of a film the format cannot carry to another program, as sentences; what this studio alone reads back is said to be
 * so. Empty: nothing is lost.
 */
export function notCarried(timeline: Timeline, format: ListFormat): string[] {
  const pictures = timeline.events.filter((it) => hasPicture(it) && it.reel !== BLACK);
  const sounds = timeline.events.filter((it) => !hasPicture(it));
  const edl = format !== "otio" && format !== "fcpxml";
  const told: string[] = [];
  const say = (count: number, one: string, many: string, rest: string) => {
    if (count) told.push(`${count === 1 ? one : many.replace("#", String(count))} ${rest}`);
  };
  const wipes = timeline.events.filter((it) => it.transition.kind === "wipe").length;
  const speeds = pictures.filter((it) => it.speed !== undefined);
  const levels = pictures.filter((it) => isHeardOtherwise(it));
  const shaped = sounds.filter((it) => isHeardOtherwise(it));
  const notes = pictures.filter((it) => noteOf(it) !== "").length;
  if (format === "resolve") {
    say(wipes, "One wipe", "# wipes", "become cross dissolves in Resolve.");
    say(
      sounds.length,
      "One sound",
      "# sounds",
      "from files: Resolve's EDL import takes pictures alone; bring the sound by OTIO or FCPXML.",
    );
  }
  if (format === "fcpxml") {
    say(
      wipes,
      "One wipe",
      "# wipes",
      "are cross dissolves there; their number is kept in the name for this studio.",
    );
  }
  if (format === "otio") {
    say(wipes, "One wipe", "# wipes", "are custom transitions there: programs show a dissolve or nothing.");
    say(
      levels.length + shaped.length,
      "One level or fade",
      "# levels and fades",
      "stand in metadata that only this studio reads.",
    );
  }
  if (edl) {
    say(
      speeds.filter((it) => inexact(it, timeline)).length,
      "One speed is",
      "# speeds are",
      "rounded to a tenth of a frame a second by M2; its frames are exact.",
    );
    const rest = format === "premiere"
      ? "stand in remarks: Premiere shows them and does not set them."
      : `stand in remarks, which ${
        NAMES[format] === "CMX3600" ? "most programs pass over" : "Resolve passes over"
      }.`;
    say(levels.length + shaped.length, "One level or fade", "# levels and fades", rest);
    say(notes, "One note", "# notes", "stand in remarks, as comments of the event.");
    told.push(
      "The size of the picture and the shape of its pixels are not in an EDL; set them before you import.",
    );
    if (Array.from(timeline.title).length > 70) told.push("The title is cut to 70 characters.");
  }
  return told;
}

function isHeardOtherwise(event: EdlEvent): boolean {
  const { level, muted, fade_in, fade_out } = soundOf(event);
  return level !== 0 || muted || fade_in > 0 || fade_out > 0;
}

/** M2 says another speed than the frames have. */
function inexact({ source, record, speed }: EdlEvent, { rate }: Timeline): boolean {
  const nominal = Math.round(rate.num / rate.den);
  const length = record.out - record.in;
  if (speed === undefined || speed === 0 || length === 0) return false;
  return Math.abs(((source.out - source.in) * nominal) / length - Math.abs(speed)) > 1e-9;
}

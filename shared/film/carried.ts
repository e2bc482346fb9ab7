import { BLACK, type EdlEvent, EdlProfile, hasPicture, noteOf, soundOf, type Timeline } from "../edl/mod.ts";

/** What a cut can be given away as. */
export const LIST_FORMATS = [...EdlProfile.options, "otio", "fcpxml"] as const;
export type ListFormat = typeof LIST_FORMATS[number];

/**
 * What of a film the format cannot carry to another program, as sentences; what this studio alone reads back is said to be
 * so. Empty: nothing is lost.
 */
export function notCarried(timeline: Timeline, format: ListFormat): string[] {
  const pictures = timeline.events.filter((it) => hasPicture(it) && it.reel !== BLACK);
  const sounds = timeline.events.filter((it) => !hasPicture(it));
  const edl = format !== "otio" && format !== "fcpxml";
  const told: string[] = [];
  const say = (count: number, one: string, many: string) => {
    if (count) told.push(count === 1 ? one : many.replace("#", String(count)));
  };
  const wipes = timeline.events.filter((it) => it.transition.kind === "wipe").length;
  const heard = [...pictures, ...sounds].filter(isHeardOtherwise).length;
  if (format === "resolve") {
    say(wipes, "The wipe becomes a cross dissolve in Resolve.", "# wipes become cross dissolves in Resolve.");
    say(
      sounds.length,
      "The sound file stays behind: Resolve takes pictures from an EDL; bring sound by OTIO or FCPXML.",
      "# sound files stay behind: Resolve takes pictures from an EDL; bring sound by OTIO or FCPXML.",
    );
  }
  if (format === "fcpxml") {
    say(
      wipes,
      "The wipe is a cross dissolve there; its name keeps the number for this studio.",
      "# wipes are cross dissolves there; their names keep the numbers for this studio.",
    );
  }
  if (format === "otio") {
    say(
      wipes,
      "The wipe is a custom transition: other programs show a dissolve, or a cut.",
      "# wipes are custom transitions: other programs show dissolves, or cuts.",
    );
    say(
      heard,
      "One level or fade of sound stands in metadata that only this studio reads.",
      "# levels and fades of sound stand in metadata that only this studio reads.",
    );
  }
  if (edl) {
    const speeds = pictures.filter((it) => inexact(it, timeline)).length;
    const notes = pictures.filter((it) => noteOf(it) !== "").length;
    const readers = format === "premiere" ? "Premiere shows and does not set" : "most programs pass over";
    say(
      speeds,
      "One speed is named to a tenth of a frame a second; its frames are exact.",
      "# speeds are named to a tenth of a frame a second; their frames are exact.",
    );
    say(
      heard,
      `One level or fade of sound stands in a remark, which ${readers}.`,
      `# levels and fades of sound stand in remarks, which ${readers}.`,
    );
    say(notes, "One note stands in a remark.", "# notes stand in remarks.");
    told.push(
      "The picture's size and the shape of its pixels are not in an EDL; set them before you import.",
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

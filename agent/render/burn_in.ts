import { parseTakeName } from "../../shared/takes/name.ts";
import { formatTimecode } from "../../shared/time/timecode.ts";
import { filter, type Fonts, rateText } from "../media/mod.ts";
import type { Screen } from "./screen.ts";

/** Filters that write the shots and takes of a run, and the film's timecode from frame `at` on, into the picture. */
export function burnIn(
  takes: readonly string[],
  at: number,
  screen: Screen,
  { drop, fonts }: { drop: boolean; fonts: Fonts },
): string {
  const size = Math.max(10, Math.round(screen.height / 24));
  const look = {
    ...{ fontsize: size, fontcolor: "white", box: 1, boxcolor: "black@0.55" },
    boxborderw: Math.round(size / 4),
  };
  const foot = { y: `h-th-${size}`, ...look };
  return [
    filter("drawtext", {
      ...fonts.regular,
      ...{ text: takes.map(wordsOf).join(" > "), expansion: "none", x: size, ...foot },
    }),
    filter("drawtext", {
      ...fonts.mono,
      ...{ timecode: formatTimecode(at, screen.rate, { drop }), timecode_rate: rateText(screen.rate) },
      ...{ x: `w-tw-${size}`, ...foot },
    }),
  ].join(",");
}

/** Words across the middle of the picture, to be seen through. */
export function watermark(text: string, screen: Screen, fonts: Fonts): string {
  const widest = (screen.width * 0.8) / Math.max(8, [...text].length * 0.6);
  return filter("drawtext", {
    ...fonts.bold,
    ...{ text, expansion: "none", fontsize: Math.max(10, Math.round(Math.min(screen.height / 8, widest))) },
    ...{ fontcolor: "white@0.34", borderw: 1, bordercolor: "black@0.22", x: "(w-tw)/2", y: "(h-th)/2" },
  });
}

/** "SHOT-010_v01_take02" -> "SHOT-010  v01 take02" */
function wordsOf(name: string): string {
  const take = parseTakeName(name);
  const text = take ? `${take.shot}  ${name.slice(take.shot.length + 1).replace("_", " ")}` : name;
  return text.replace(/\p{C}/gu, " ").slice(0, 60);
}

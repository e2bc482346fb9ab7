import { parseTakeName } from "../../shared/takes/name.ts";
import { formatTimecode } from "../../shared/time/timecode.ts";
import { rateText } from "./encoding.ts";
import { ffmpeg, MediaError } from "./ffmpeg.ts";
import type { Screen } from "./picture.ts";

/** Filters that write the shots and takes of a run, and the film's timecode from frame `at` on, into the picture. */
export function burnIn(takes: readonly string[], at: number, screen: Screen, drop: boolean): string {
  const size = Math.max(10, Math.round(screen.height / 24));
  const look = `fontsize=${size}:fontcolor=white:box=1:boxcolor=black@0.55:boxborderw=${
    Math.round(size / 4)
  }`;
  const names = takes.map(wordsOf).join(" > ");
  const clock = formatTimecode(at, screen.rate, { drop }).replaceAll(":", "\\:");
  return [
    `drawtext=text='${names}':expansion=none:x=${size}:y=h-th-${size}:${look}`,
    `drawtext=timecode='${clock}':timecode_rate=${
      rateText(screen.rate)
    }:x=w-tw-${size}:y=h-th-${size}:${look}`,
  ].join(",");
}

/** "SHOT-010_v01_take02" -> "SHOT-010  v01 take02". Nothing that the filter's own grammar knows is left in it. */
function wordsOf(name: string): string {
  const take = parseTakeName(name);
  const text = take ? `${take.shot}  ${name.slice(take.shot.length + 1).replace("_", " ")}` : name;
  return text.replace(/[^\p{L}\p{N} _.-]/gu, " ").slice(0, 60);
}

/** Rejects with {@link MediaError} when this machine's ffmpeg cannot write into pictures: it may lack the filter, or a font. */
export async function checkBurnIn(screen: Screen, options: { signal?: AbortSignal }): Promise<void> {
  try {
    await ffmpeg([
      ...["-f", "lavfi", "-i", "color=black:s=64x64", "-frames:v", "1"],
      ...["-vf", burnIn(["A"], 0, screen, false), "-f", "null", "-"],
    ], options);
  } catch (cause) {
    if (!(cause instanceof MediaError)) throw cause;
    throw new MediaError(
      "This agent's ffmpeg cannot write text into pictures, which a review copy needs; install an ffmpeg with drawtext, and a font.",
      { cause, detail: cause.detail, host: true },
    );
  }
}

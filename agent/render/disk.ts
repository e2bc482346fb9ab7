import type { FilmFormat } from "../../shared/jobs/film.ts";
import { FILM_FORMATS } from "../../shared/jobs/film.ts";
import { diskFreeMb } from "../lease/disk.ts";
import { JobFailure } from "../lease/executor.ts";
import type { Segment } from "./plan.ts";
import type { Screen } from "./screen.ts";
import { samplesAt, soundBytes } from "./samples.ts";
import { AT_ONCE, type Heard } from "./sound.ts";

/** Of a pixel of a frame that others refer to: as much as noise takes. */
const ANCHOR_BYTES = 1;

/** Bytes that a render takes on the disk at most, beside the takes: segments, sound, film and preview. */
export function bytesNeeded(
  segments: readonly Segment[],
  heard: readonly Heard[],
  { screen, format, preview }: { screen: Screen; format: FilmFormat; preview: boolean },
): number {
  const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
  const perFrame = screen.width * screen.height * FILM_FORMATS[format].bytesPerPixel;
  const bytesOf = ({ anchor, frames }: Segment) =>
    anchor ? screen.width * screen.height * ANCHOR_BYTES : frames * perFrame;
  const copied = segments.reduce((sum, { copy, frames }) => {
    if (!copy) return sum;
    return sum + copy.take.picture!.sizes.subarray(copy.from, copy.from + frames).reduce((a, b) => a + b, 0);
  }, 0);
  const pieces = segments.reduce((sum, segment) => sum + (segment.copy ? 0 : bytesOf(segment)), 0);
  // What is encoded in one stream lies there, and then in pieces of its own.
  const streams = segments.reduce((sum, segment) => sum + (segment.packets ? bytesOf(segment) : 0), 0);
  // WebM is joined once more than the others.
  const film = (pieces + copied) * (format === "webm" ? 2 : 1);
  const lengths = heard.map((sound) =>
    (samplesAt(sound.at + sound.frames, screen.rate) - samplesAt(sound.at, screen.rate)) * 4
  ).toSorted((a, b) => b - a);
  const sounds = 2 * soundBytes(frames, screen.rate) +
    lengths.slice(0, 2 * AT_ONCE).reduce((a, b) => a + b, 0);
  const small = preview ? frames * Math.min(screen.width * screen.height, 960 * 540) * 0.1 : 0;
  return Math.ceil(pieces + streams + film + sounds + small + 32e6);
}

/** "about 480 MB of disk": what it takes, said before anything is made. JobFailure `agent` when there is less. */
export async function holdRoom(bytes: number, folder: string): Promise<string> {
  const free = await diskFreeMb(folder);
  if (free !== null && free * 2 ** 20 < bytes) {
    throw new JobFailure(
      "agent",
      `The render needs about ${sizeText(bytes)} of disk and this agent has ${
        sizeText(free * 2 ** 20)
      } left at ${folder}. Free some space there; the job goes to another agent.`,
    );
  }
  return `about ${sizeText(bytes)} of disk`;
}

/** "3.2 GB", "480 MB" */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

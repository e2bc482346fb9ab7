import { readMp4, setupOf } from "../media/mod.ts";
import { H264 } from "./codecs.ts";
import type { Screen } from "./screen.ts";
import { encodeSegment } from "./segment.ts";

const known = new Map<string, string>();

/** How a decoder is set up for what this machine's encoder writes for such a film: takes of the same can be copied into it. */
export async function ownSetup(screen: Screen, folder: string, signal: AbortSignal): Promise<string> {
  const name = JSON.stringify(screen);
  const before = known.get(name);
  if (before !== undefined) return before;
  const to = `${folder}/setup.mp4`;
  const shown = { kind: "run" as const, feed: { file: null, oid: "", start: 0 } };
  const black = { at: 0, frames: 2, shown, copy: null, over: "", event: null, names: [] };
  await encodeSegment(black, { screen, codec: H264, threads: 1 }, to, { signal });
  const track = (await readMp4(to))?.tracks[0];
  const setup = track && setupOf(track);
  if (!setup) throw new Error("The encoder's own headers cannot be read.");
  await Deno.remove(to);
  known.set(name, setup);
  return setup;
}

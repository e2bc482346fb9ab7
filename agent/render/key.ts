import { createHash } from "node:crypto";
import { ffmpegSays } from "../media/mod.ts";
import type { PictureCodec } from "./codecs.ts";
import type { Feed } from "./feed.ts";
import type { Segment, Shown } from "./plan.ts";
import type { Screen } from "./screen.ts";

/** Counted up when the same segment comes out otherwise than before: pieces that are kept are made anew. */
const VERSION = 1;

/** Names what a segment looks like: sources by content, frames, filters and encoder. Where it lies in the film is no part. */
export async function keyOf(segment: Segment, screen: Screen, codec: PictureCodec): Promise<string> {
  const said = JSON.stringify([
    ...[VERSION, await encoderVersion()],
    ...[codec.name, codec.words(screen, 0), screen, segment.frames, segment.over],
    shownSaid(segment.shown),
  ]);
  // Hundreds of short texts: each would wait for a thread longer than this takes.
  return createHash("sha256").update(said).digest("hex");
}

function shownSaid(shown: Shown): unknown[] {
  if (shown.kind === "run") return [feedSaid(shown.feed)];
  const { kind, at, of, from, to } = shown;
  return [kind, at, of, feedSaid(from), feedSaid(to), shown.kind === "wipe" ? shown.pattern : null];
}

function feedSaid({ file, oid, start, retime }: Feed): unknown[] {
  return file ? [oid, start, retime ?? null] : ["black"];
}

let version: Promise<string> | undefined;

/** ffmpeg and how it was built: with it come its encoders. Asked once in the life of the agent. */
export function encoderVersion(): Promise<string> {
  return version ??= askVersion();
}

async function askVersion(): Promise<string> {
  return (await ffmpegSays(["-f", "lavfi", "-i", "color=s=16x16", "-frames:v", "1", "-f", "null", "-"]))
    .split("\n").filter((line) => /^\s*(lib|configuration|ffmpeg version)/.test(line)).join("\n");
}

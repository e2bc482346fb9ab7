import { join } from "@std/path";
import type { Lease } from "../../shared/agents/protocol.ts";
import { type EdlEvent, writeEdl } from "../../shared/edl/mod.ts";
import { RenderOptions } from "../../shared/jobs/film.ts";
import type { AssembleSpec, Progress } from "../../shared/jobs/job.ts";
import { nominalRate, type RateName, RATES } from "../../shared/time/rate.ts";
import type { Result } from "../lease/executor.ts";
import { type AssemblerOptions, createAssembler } from "./assemble.ts";
import type { SegmentCache } from "./cache.ts";
import { ffmpeg } from "../media/mod.ts";
import { makeCodedClip, openFolder } from "../media/testing.ts";

type Input = AssembleSpec["inputs"][number];

/** A render of one project on disk: takes are made, a list is cut from them. */
export class Room implements AsyncDisposable {
  readonly takes: Input[] = [];
  readonly paths = new Map<string, string>();
  readonly progress: Progress[] = [];
  private constructor(
    readonly folder: string,
    readonly fps: RateName,
    private readonly size: { width: number; height: number },
    private readonly gone: AsyncDisposable,
  ) {}

  /** @param name Of the folder, where that matters. */
  static async open(fps: RateName, size = { width: 192, height: 108 }, name?: string): Promise<Room> {
    const folder = await openFolder();
    const path = name === undefined ? folder.path : join(folder.path, name);
    await Deno.mkdir(path, { recursive: true });
    return new Room(path, fps, size, folder);
  }

  get rate() {
    return RATES[this.fps];
  }
  get hour() {
    return nominalRate(this.rate) * 3600;
  }

  /** A take whose frames carry the numbers from `first`. */
  async take(
    reel: string,
    first: number,
    frames: number,
    clip: Partial<Parameters<typeof makeCodedClip>[0]> = {},
  ) {
    const to = join(this.folder, `${reel}.mp4`);
    const start = this.takes.length * 1000;
    await makeCodedClip({ to, first, frames, rate: this.rate, timecodeStart: start, ...clip });
    return this.put(reel, to, frames, "video", start);
  }

  put(reel: string, path: string, frames: number, kind: Input["kind"], start: number): Input {
    const take = {
      ...{ name: reel, oid: reel.padEnd(64, "0"), size: 1, file_name: `SHOT-${reel}_v01_take01.mp4` },
      ...{ timecode_start: start, frames, kind },
    };
    this.takes.push(take);
    this.paths.set(reel, path);
    return take;
  }

  event(
    number: number,
    reel: string,
    from: number,
    frames: number,
    at: number,
    more: Partial<EdlEvent> = {},
  ): EdlEvent {
    const take = this.takes.find((it) => it.name === reel);
    const start = (take?.timecode_start ?? 0) + from;
    return {
      ...{ number, reel, channels: "V", transition: { kind: "cut" }, comments: [] },
      source: { in: start, out: start + frames },
      record: { in: this.hour + at, out: this.hour + at + frames },
      ...(take ? { clip: take.file_name.replace(".mp4", "") } : {}),
      ...more,
    };
  }

  list(events: EdlEvent[]): string {
    return writeEdl({ title: "The Film", rate: this.rate, drop: false, comments: [], events });
  }

  render(
    edl: string,
    options: {
      signal?: AbortSignal;
      onProgress?: (p: Progress) => void;
      as?: Partial<RenderOptions>;
      spec?: Partial<AssembleSpec>;
      cache?: SegmentCache;
      hardware?: AssemblerOptions["hardware"];
    } = {},
  ): Promise<Result> {
    const spec: AssembleSpec = {
      ...{ kind: "assemble", edl, edl_name: "The-Film_v001.edl", name: "The-Film_v001" },
      ...{ fps: this.fps, ...this.size, inputs: this.takes, title: "The Film" },
      ...(options.as ? { options: RenderOptions.parse(options.as) } : {}),
      ...options.spec,
    };
    return createAssembler({
      ...(options.cache ? { cache: options.cache } : {}),
      ...(options.hardware ? { hardware: options.hardware } : {}),
    }).run({ spec } as Lease, {
      folder: this.folder,
      slot: "cpu",
      inputs: this.paths,
      signal: options.signal ?? new AbortController().signal,
      progress: (it) => {
        this.progress.push(it);
        options.onProgress?.(it);
      },
      preview: () => {},
    });
  }

  async [Symbol.asyncDispose]() {
    await this.gone[Symbol.asyncDispose]();
  }
}

export { run } from "../media/testing.ts";

/** A still of one grey, 0 to 255. */
export async function grey(path: string, level: number, width: number, height: number): Promise<void> {
  const hex = level.toString(16).padStart(2, "0").repeat(3);
  await ffmpeg([
    "-f",
    "lavfi",
    "-i",
    `color=0x${hex}:s=${width}x${height},format=rgb24`,
    "-frames:v",
    "1",
    `file:${path}`,
  ]);
}

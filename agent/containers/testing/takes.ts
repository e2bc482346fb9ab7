import { join } from "@std/path";
import type { Lease } from "../../../shared/agents/protocol.ts";
import { uuidv7 } from "../../../shared/ids.ts";
import type { GenerateSpec, Progress } from "../../../shared/jobs/job.ts";
import type { Hardware } from "../../gpu/hardware.ts";
import type { ContainerDoor, Result } from "../../lease/executor.ts";
import { openRunners, RUNNERS_DIR } from "../../runners/mod.ts";
import { picture } from "./film.ts";

const HARDWARE: Hardware = {
  gpus: [],
  ramMb: 64_000,
  diskFreeMb: 100_000,
  os: "linux x86_64",
  driver: null,
  remarks: [],
};

/** The runner FlexiAct as it comes, but for its card: that of a test is the CPU. */
async function runnersFor(folder: string): Promise<string> {
  const runners = join(folder, "runners");
  await Deno.mkdir(join(runners, "flexiact"), { recursive: true });
  for (const name of ["runner.json", "high.workflow.json"]) {
    await Deno.copyFile(join(RUNNERS_DIR, "flexiact", name), join(runners, "flexiact", name));
  }
  const path = join(runners, "flexiact", "runner.json");
  const manifest = JSON.parse(await Deno.readTextFile(path));
  Object.assign(manifest.tiers.high, { vram_mb: 0, ram_mb: 256, models: [] });
  await Deno.writeTextFile(path, JSON.stringify(manifest));
  return runners;
}

export interface Made {
  result: Result;
  progress: Progress[];
}

/** Makes takes of FlexiAct through the agent's own runners, in the container behind this door. */
export async function takesOf(door: ContainerDoor, folder: string) {
  const runnersDir = await runnersFor(folder);
  const image = join(folder, "character.png");
  await picture(image);
  const look = () =>
    openRunners({ comfyui: null, hardware: HARDWARE, runnersDir, containers: new Map([["flexiact", door]]) });
  return {
    look,
    async make(
      params: GenerateSpec["params"],
      options: { signal?: AbortSignal; progress?(progress: Progress): void } = {},
    ): Promise<Made> {
      const spec: GenerateSpec = {
        kind: "generate",
        runner: "flexiact",
        runner_version: "1.0.0",
        tier: "high",
        output: "video",
        take: { shot: "SHOT-010", version: 1, take: 1, name: "SHOT-010_v01_take01" },
        params: { prompt: "A man is doing squats.", seed: 7, frames: 49, fps: 8, steps: 10, ...params },
        inputs: [],
        fps: "24",
        width: 144,
        height: 96,
        timecode_start: 86_400,
        reel: "LIGHT001",
        title: "The stairs",
      };
      const runners = await look();
      const executor = runners.executorFor(spec);
      if (!executor) throw new Error(runners.cannot.map(({ sentence }) => sentence).join(" "));
      const progress: Progress[] = [];
      const own = await Deno.makeTempDir({ dir: folder });
      const lease = { job_id: uuidv7(), attempt: 1, spec, inputs: [] } as unknown as Lease;
      const result = await executor.run(lease, {
        folder: own,
        slot: "cpu",
        inputs: new Map([["image", image]]),
        signal: options.signal ?? new AbortController().signal,
        progress: (each) => {
          progress.push(each);
          options.progress?.(each);
        },
        preview() {},
      });
      return { result, progress };
    },
  };
}

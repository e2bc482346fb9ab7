import { join } from "@std/path";
import { runAgent } from "../lease/agent.ts";
import { pause } from "../lease/backoff.ts";
import { createClient } from "../lease/client.ts";
import type { Executor, Result } from "../lease/executor.ts";
import { type Journal, openJournal } from "../lease/journal.ts";
import type { AgentOptions, Ending, Machine } from "../lease/state.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import type { z } from "zod";
import type { TestGateway } from "./gateway.ts";

export const FAST = { baseMs: 10, capMs: 50 };

export interface TestAgent extends AsyncDisposable {
  drain(): void;
  now(): void;
  ended: Promise<Ending>;
  /** Everything it said. */
  said: string[];
  /** What is not as it should be, by what it is about. */
  troubles: Map<string, string>;
  journal: Journal;
  dataDir: string;
}

/** The real agent, run in this process with `executor` for every job on the slots named. */
export function startTestAgent(
  gateway: TestGateway,
  dataDir: string,
  executor: Executor,
  options: { slots?: string[]; capabilities?: string[]; minDiskMb?: number } & Partial<AgentOptions> = {},
): TestAgent {
  const drain = new AbortController();
  const now = new AbortController();
  const said: string[] = [];
  const troubles = new Map<string, string>();
  const journal = openJournal(dataDir);
  const ended = runAgent({
    client: createClient(gateway.url, gateway.token),
    journal,
    dataDir,
    look: () => Promise.resolve(testMachine(executor, options)),
    reporter: {
      say: (sentence) => said.push(sentence),
      idle: (slot, _, sentence) => said.push(`${slot} waits: ${sentence}`),
      trouble(about, sentence) {
        said.push(sentence);
        troubles.set(about, sentence);
      },
      settled: (about) => void troubles.delete(about),
      job() {},
      ended: (_, sentence) => said.push(sentence),
    },
    drain: drain.signal,
    now: now.signal,
    minDiskMb: 0,
    backoff: FAST,
    graceMs: 2_000,
    previewMs: 0,
    ...options,
  });
  ended.catch(() => {});
  return {
    drain: () => drain.abort(),
    now: () => now.abort(),
    ended,
    said,
    troubles,
    journal,
    dataDir,
    async [Symbol.asyncDispose]() {
      now.abort();
      await ended.catch(() => {});
    },
  };
}

export function testMachine(
  executor: Executor,
  { slots = ["gpu0"], capabilities = ["test@low"] }: { slots?: string[]; capabilities?: string[] } = {},
): Machine {
  return {
    facts: {
      os: "test",
      agent_version: "0",
      comfyui_version: null,
      driver: null,
      ram_mb: 1024,
      disk_free_mb: 100_000,
      slots: slots.map((slot) => ({ slot, name: `Card ${slot}`, vram_mb: 12_000, capabilities })),
      cannot: [],
    },
    runners: { loaded: () => [], executorFor: () => executor },
  };
}

/** For what no request tells of: files, and what the agent said. Rejects after a minute. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`waited a minute for: ${what}`);
    await pause(10);
  }
}

/** An executor that writes `bytes` as a PNG's name says, for loops that care for leases and not for pictures. */
export function writesFile(bytes: Uint8Array): Executor {
  return { run: (_, context) => resultIn(context.folder, bytes) };
}

export async function resultIn(folder: string, bytes: Uint8Array): Promise<Result> {
  const file = join(folder, "take.png");
  await Deno.writeFile(file, bytes);
  return {
    file,
    extension: "png",
    media: { format: "png", width: 16, height: 16, frames: 1, audio: false },
    made_with: { by: "test" },
  };
}

export function testSpec(title = "SHOT-010_v01_take01"): z.infer<typeof GenerateSpec> {
  return {
    kind: "generate",
    runner: "test",
    runner_version: "1.0.0",
    tier: "low",
    output: "image",
    take: { shot: "SHOT-010", version: 1, take: 1, name: title },
    params: { prompt: "a lighthouse" },
    inputs: [],
    fps: "24",
    width: 16,
    height: 16,
    timecode_start: 86_400,
    reel: "LIGHT001",
    title,
  };
}

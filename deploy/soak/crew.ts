import { join } from "@std/path";
import { runAgent } from "../../agent/lease/agent.ts";
import { pause } from "../../agent/lease/backoff.ts";
import { createClient, type GatewayClient } from "../../agent/lease/client.ts";
import type { Executor, Result } from "../../agent/lease/executor.ts";
import { openJournal } from "../../agent/lease/journal.ts";
import { SILENT } from "../../agent/lease/reporter.ts";
import type { Machine } from "../../agent/lease/state.ts";
import { type Clip, clipOf, unique } from "./clip.ts";

/**
 * Many agents in one process: `<gateway> <join code> <how many> <folder> <first name>`. Each is the real agent (agent/lease) with a journal of its
 * own and everything that it says over the wire; only its machine is none, and its takes are short clips that were rendered once. Films are for the agents that have ffmpeg.
 * SIGTERM: finish, then end. SIGUSR1: says in one line what is under way.
 */

/** Milliseconds that a take takes, at least and at most. */
const QUICKEST_MS = 300, SLOWEST_MS = 4_000;
const HEAVIEST = 600_000;

const [gateway, code, count, folder, name] = Deno.args as [string, string, string, string, string];
const drain = new AbortController();
Deno.addSignalListener("SIGTERM", () => drain.abort());
/** Of this crew alone. */
const clips = join(folder, `${name} clips`);
await Deno.mkdir(clips, { recursive: true });
/** What is under way now, by its name: requests by theirs, and `render`. */
const underWay = new Map<string, number>();
Deno.addSignalListener(
  "SIGUSR1",
  () => console.log(`under way ${JSON.stringify(Object.fromEntries(underWay))}`),
);

async function during<T>(what: string, work: () => Promise<T>): Promise<T> {
  underWay.set(what, (underWay.get(what) ?? 0) + 1);
  try {
    return await work();
  } finally {
    underWay.set(what, underWay.get(what)! - 1);
  }
}

/** The client, counted. */
function watched(client: GatewayClient): GatewayClient {
  return new Proxy(client, {
    get(target, key: keyof GatewayClient) {
      const method = target[key];
      if (typeof method !== "function") return method;
      return (...args: unknown[]) =>
        during(key, () => (method as (...args: unknown[]) => Promise<unknown>)(...args));
    },
  });
}

const executor: Executor = {
  run: (lease, context) =>
    during("render", async (): Promise<Result> => {
      const { spec } = lease;
      if (spec.kind !== "generate") throw new Error("The crew makes takes, and no films.");
      const clip = await clipOf(spec, clips);
      const ms = QUICKEST_MS + Math.random() ** 2 * (SLOWEST_MS - QUICKEST_MS);
      for (const part of [0, 0.5]) {
        context.progress({ stage: "rendering", progress: part });
        context.preview(clip.still);
        await pause(ms / 2, context.signal);
      }
      return await written(clip, context.folder);
    }),
};

async function written(clip: Clip, into: string): Promise<Result> {
  const file = join(into, "take.mp4");
  await Deno.writeFile(file, unique(clip.bytes, Math.floor(Math.random() ** 4 * HEAVIEST)));
  return { file, extension: "mp4", media: clip.media, made_with: { by: "the soak's crew" } };
}

const machine: Machine = {
  facts: {
    os: "crew",
    agent_version: "0",
    comfyui_version: null,
    driver: null,
    ram_mb: 65_536,
    disk_free_mb: 100_000,
    slots: [{
      slot: "gpu0",
      name: "Crew card",
      vram_mb: 24_576,
      capabilities: ["low", "standard", "high"].map((tier) => `animatic@${tier}`),
    }],
    cannot: [],
  },
  runners: { loaded: () => [], executorFor: () => executor },
};

async function work(index: number): Promise<string> {
  const dataDir = join(folder, `${name}-${index}`);
  await Deno.mkdir(dataDir, { recursive: true });
  const called = `${name} ${index}`;
  const { token } = await createClient(gateway, null).register(code, called, machine.facts);
  return await runAgent({
    client: watched(createClient(gateway, token)),
    journal: openJournal(dataDir),
    dataDir,
    look: () => Promise.resolve(structuredFacts()),
    reporter: { ...SILENT, ended: (_, sentence) => console.log(`${called}: ${sentence}`) },
    drain: drain.signal,
    now: new AbortController().signal,
    minDiskMb: 0,
  });
}

/** Each has its own: an agent writes how much disk is free into them. */
const structuredFacts = (): Machine => ({ ...machine, facts: structuredClone(machine.facts) });

const endings = await Promise.all(Array.from({ length: Number(count) }, (_, index) => work(index + 1)));
console.log(`ended ${JSON.stringify(endings)}`);
Deno.exit(0);

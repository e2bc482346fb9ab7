import { join } from "@std/path";
import type { Lease, SelfTest } from "../../shared/agents/protocol.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { Tier } from "../../shared/tiers.ts";
import type { Machine } from "./state.ts";

/** Runners that need no model, the one that tells most first. */
const TESTS = ["self-test-image", "animatic-still"] as const;
/** Bytes written and read back. */
const PROBE_BYTES = 8 * 1024 * 1024;
/** Pixels: multiples of what any runner steps by. */
const SIZE = 128;
/** A ComfyUI that has to be started first takes its time. */
const RUN_MS = 5 * 60_000;

type Check = SelfTest["checks"][number];

/**
 * Whether this machine works, for one that was in quarantine: its disk keeps what is written, memory is there, each slot of before is there
 * and can do something, and one that has a runner without models makes a picture with it. Rejects only when aborted.
 */
export async function testMachine(
  machine: Machine,
  options: { slots: readonly string[]; dataDir: string; minDiskMb: number; signal: AbortSignal },
): Promise<SelfTest> {
  const folder = join(options.dataDir, "self-test");
  const checks: Check[] = [];
  try {
    checks.push(await attempt("disk", () => testDisk(folder, machine, options.minDiskMb)));
    checks.push(await attempt("memory", testMemory));
    for (const slot of options.slots) {
      checks.push(await attempt(slot, () => testSlot(machine, slot, folder, options.signal)));
      options.signal.throwIfAborted();
    }
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
  return { passed: checks.every(({ ok }) => ok), checks };
}

async function attempt(what: string, test: () => Promise<string> | string): Promise<Check> {
  try {
    return { what, ok: true, sentence: await test() };
  } catch (error) {
    return { what, ok: false, sentence: (error as Error).message.slice(0, 500) };
  }
}

async function testDisk(folder: string, machine: Machine, minDiskMb: number): Promise<string> {
  const free = machine.facts.disk_free_mb;
  if (free < minDiskMb) {
    throw new Error(`${free} MiB of disk are free, and it wants ${minDiskMb} (--min-disk-mb).`);
  }
  await Deno.mkdir(folder, { recursive: true });
  const path = join(folder, "probe");
  const bytes = new Uint8Array(PROBE_BYTES);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  {
    using file = await Deno.open(path, { create: true, write: true, truncate: true });
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  const back = await Deno.readFile(path);
  if (back.length !== bytes.length || back.some((byte, at) => byte !== bytes[at])) {
    throw new Error("The disk does not give back what was written to it.");
  }
  return "The disk keeps what is written to it.";
}

/** Share of main memory under which nothing is started in earnest. */
const LEAST_FREE = 0.03;

function testMemory(): string {
  const { available, total } = Deno.systemMemoryInfo();
  if (available < total * LEAST_FREE) {
    throw new Error(`Only ${Math.round(available / 2 ** 20)} MiB of main memory are free.`);
  }
  return "There is main memory.";
}

async function testSlot(
  machine: Machine,
  name: string,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const slot = machine.facts.slots.find((each) => each.slot === name);
  if (!slot) throw new Error(`The card ${name} is not there any more: the driver does not name it.`);
  if (!slot.capabilities.length) {
    const why = machine.facts.cannot[0]?.sentence;
    throw new Error(`${slot.name} (${name}) can do nothing now${why ? `: ${why}` : "."}`);
  }
  const capability =
    TESTS.flatMap((runner) => slot.capabilities.filter((each) => each.startsWith(`${runner}@`)))[0];
  if (!capability) return `${slot.name} is there.`;
  const lease = leaseOf(capability, machine);
  const executor = machine.runners.executorFor(lease.spec);
  if (!executor) throw new Error(`${slot.name} (${name}) cannot run ${capability} though it says so.`);
  const within = join(folder, name);
  await Deno.mkdir(within, { recursive: true });
  const result = await executor.run(lease, {
    folder: within,
    slot: name,
    inputs: new Map(),
    signal: AbortSignal.any([signal, AbortSignal.timeout(RUN_MS)]),
    progress() {},
    preview() {},
  });
  const { size } = await Deno.stat(result.file);
  if (size === 0) throw new Error(`${slot.name} (${name}) made an empty file.`);
  return `${slot.name} made a picture with ${capability}.`;
}

/** Work that no gateway gave: it has no inputs, and its result goes nowhere. */
function leaseOf(capability: string, { facts }: Machine): Lease {
  const [runner, tier] = capability.split("@") as [string, string];
  const spec: GenerateSpec = {
    kind: "generate",
    runner,
    runner_version: facts.runners?.[runner] ?? "",
    tier: Tier.parse(tier),
    output: "image",
    take: { shot: "SELF-TEST", version: 1, take: 1, name: "SELF-TEST_v01_take01" },
    params: { prompt: "Self test", seed: 1, width: SIZE, height: SIZE },
    inputs: [],
    fps: "24",
    width: SIZE,
    height: SIZE,
    timecode_start: 0,
    reel: "SELFTEST",
    title: "Self test",
  };
  const id = uuidv7();
  return {
    lease: `${id}.1`,
    job_id: id,
    attempt: 1,
    lease_s: 60,
    max_run_s: RUN_MS / 1000,
    project: { id, title: "Self test" },
    spec,
    inputs: [],
    lfs: { url: "", authorization: "" },
  };
}

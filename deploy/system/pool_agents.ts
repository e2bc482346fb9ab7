import { join } from "@std/path";
import { createComparer } from "../../agent/compare/mod.ts";
import { factsOf } from "../../agent/machine.ts";
import { createClient } from "../../agent/lease/client.ts";
import { runAgent } from "../../agent/lease/agent.ts";
import type { Executor, Result } from "../../agent/lease/executor.ts";
import { openJournal } from "../../agent/lease/journal.ts";
import { SILENT } from "../../agent/lease/reporter.ts";
import type { Machine } from "../../agent/lease/state.ts";
import { ffmpeg } from "../../agent/media/mod.ts";
import type { Hardware } from "../../agent/gpu/hardware.ts";
import { openRunners } from "../../agent/runners/mod.ts";
import { openFullComfyUi } from "../../agent/runners/testing/comfyui.ts";
import type { UserPrincipal } from "../../gateway/auth/mod.ts";
import type { TestStudio } from "../../gateway/testing/studio.ts";
import type { Lease } from "../../shared/agents/protocol.ts";
import type { Trust } from "../../shared/jobs/trust.ts";

/** What a machine does that does not do its work: an even grey picture, or one of another seed. */
export type Cheat = "grey" | "other_seed";

export interface PoolAgent extends AsyncDisposable {
  id: string;
  name: string;
  /** The seeds that it was really asked for, one a job. */
  asked: number[];
}

const CARD = { name: "NVIDIA GeForce RTX 4090", index: 0, vramMb: 24_100 };
/** Whatever this machine has: models of films need more. */
const HARDWARE: Hardware = {
  gpus: [{
    ...{ index: 0, name: CARD.name, source: "nvidia-smi" },
    vramTotalMb: CARD.vramMb,
    vramFreeMb: CARD.vramMb,
  }],
  ...{ ramMb: 128_000, diskFreeMb: 500_000, os: "linux x86_64", driver: "NVIDIA 550", remarks: [] },
};

/** The real agent, run in this process with a ComfyUI of its own, joined to a studio that is being served at `url`. */
export async function joinPool(
  test: TestStudio,
  url: string,
  options: { name: string; trust: Trust; lender: UserPrincipal; cheat?: Cheat },
): Promise<PoolAgent> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "pool-agent-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const comfyui = opened.use(await openFullComfyUi({ card: CARD }));
  const runners = await openRunners({ comfyui: comfyui.url, hardware: HARDWARE });
  opened.defer(() => runners.close());
  const asked: number[] = [];
  const machine: Machine = {
    facts: factsOf(HARDWARE, runners, true),
    runners: {
      loaded: (slot) => runners.loaded(slot),
      executorFor(spec) {
        if (spec.kind !== "generate") return spec.kind === "compare" ? createComparer() : null;
        const honest = runners.executorFor(spec);
        return honest && cheating(honest, options.cheat ?? null, asked);
      },
    },
  };
  const { code } = await test.studio.auth.createJoinCode(test.owner.tenant_id, {
    ...{ pools: ["default"], uses: 1, expiresS: 900, trust: options.trust },
    ...{ userId: options.lender.user_id, lentBy: options.lender.name },
  });
  const gone = new AbortController();
  const { agent_id, token } = await createClient(url, code).register(code, options.name, machine.facts);
  const running = runAgent({
    client: createClient(url, token),
    journal: openJournal(dataDir),
    dataDir,
    look: () => Promise.resolve(machine),
    reporter: SILENT,
    drain: new AbortController().signal,
    now: gone.signal,
    minDiskMb: 0,
    graceMs: 2_000,
  });
  running.catch((error) => console.error(`${options.name} ended:`, error));
  opened.defer(async () => {
    gone.abort();
    await running.catch(() => {});
  });
  const stack = opened.move();
  return { id: agent_id, name: options.name, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function cheating(honest: Executor, cheat: Cheat | null, asked: number[]): Executor {
  return {
    async run(lease, context): Promise<Result> {
      asked.push(seedOf(lease));
      if (cheat === "other_seed") return await honest.run(withSeed(lease, seedOf(lease) + 120), context);
      const made = await honest.run(lease, context);
      if (cheat === null) return made;
      const file = join(context.folder, `nothing.${made.extension}`);
      const { width, height } = made.media;
      await ffmpeg([
        ...["-f", "lavfi", "-i", `color=gray:s=${width}x${height}`, "-frames:v", "1"],
        ...["-f", "image2", "-update", "1", `file:${file}`],
      ]);
      return { ...made, file };
    },
  };
}

function seedOf({ spec }: Lease): number {
  return spec.kind === "generate" ? Number(spec.params.seed) : NaN;
}

function withSeed(lease: Lease, seed: number): Lease {
  const { spec } = lease;
  return spec.kind === "generate" ? { ...lease, spec: { ...spec, params: { ...spec.params, seed } } } : lease;
}

import { uuidv7 } from "../../../shared/ids.ts";
import { createClient, type GatewayClient } from "../../../agent/lease/client.ts";
import type { LeaseReply } from "../../../shared/agents/protocol.ts";
import type { z } from "zod";
import { clock } from "./stack.ts";

/**
 * `worker.ts GATEWAY JOIN_CODE STAMPS`: an agent that waits for work as agents do (agent/lease/client.ts, the same client) and makes
 * nothing of it. It says when it had a job in hand, tells the progress that the prompt asks for, and ends the job.
 */
const [gateway, code, stamps] = Deno.args as [string, string, string];
const forEver = new AbortController().signal;
const slot = "gpu0";

type Leased = NonNullable<z.infer<typeof LeaseReply>["lease"]>;

if (import.meta.main) {
  let told: Deno.TcpConn | null = null;
  const { client, bootId } = await join();
  while (true) {
    const { lease } = await client.lease({ boot_id: bootId, slot, wait_s: 25 }, forEver);
    if (!lease) continue;
    const inHand = clock();
    told ??= await Deno.connect({ hostname: "127.0.0.1", port: Number(stamps) });
    await told.write(new TextEncoder().encode(`${lease.job_id} ${inHand}\n`));
    await work(client, bootId, lease);
  }
}

async function join(): Promise<{ client: GatewayClient; bootId: string }> {
  const facts = {
    os: "linux",
    agent_version: "bench",
    comfyui_version: "0.3.64",
    driver: null,
    ram_mb: 131_072,
    disk_free_mb: 500_000,
    slots: [{ slot, name: "Card", vram_mb: 16_384, capabilities: ["flux-image@low", "flux-image@standard"] }],
    cannot: [],
  };
  const { token } = await createClient(gateway, null).register(code, `Bench ${crypto.randomUUID()}`, facts);
  const client = createClient(gateway, token);
  const bootId = uuidv7();
  await client.session(bootId, facts);
  return { client, bootId };
}

async function work(client: GatewayClient, bootId: string, { lease, spec }: Leased): Promise<void> {
  const prompt = spec.kind === "generate" ? String(spec.params.prompt ?? "") : "";
  const [word, count, every] = prompt.split(" ");
  if (word === "progress") {
    for (let n = 1; n <= Number(count); n++) {
      const next = clock() + Number(every);
      const stage = `Sampling ${n} of ${count} at ${clock()}`;
      await client.heartbeat({
        boot_id: bootId,
        leases: [{ lease, progress: { stage, progress: n / Number(count) } }],
      });
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - clock())));
    }
  }
  // Ended without a take: what a take costs is another measurement (`jobs`).
  await client.fail(lease, { class: "invalid", message: "It is only a bench" }, forEver);
}

import type { GeneratingNode } from "../../shared/canvas/graph.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";

/** The node's seed when it is locked, else a fresh one that its runner accepts. */
export function drawSeed(
  node: Pick<GeneratingNode, "seed" | "seed_locked">,
  manifest: RunnerManifest,
): number {
  if (node.seed_locked) return node.seed;
  const input = manifest.inputs.find((each) => each.name === "seed");
  const most = input?.type === "integer" && input.max !== undefined
    ? Math.min(input.max, Number.MAX_SAFE_INTEGER)
    : Number.MAX_SAFE_INTEGER;
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return ((high >>> 11) * 0x1_0000_0000 + low) % (most + 1);
}

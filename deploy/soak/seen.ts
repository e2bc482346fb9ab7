import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { Graph } from "../../shared/canvas/graph.ts";
import type { Canvas } from "../demo/client.ts";
import { until } from "../system/farm.ts";
import type { Cast } from "./cast.ts";
import type { Cluster } from "./cluster.ts";
import type { Seen } from "./viewer.ts";

/** What the viewer's page shows in the end is what the studio has: every change came over its sockets, through all that died. */
export async function assertSeen(cluster: Cluster, { viewer, viewed }: Cast): Promise<void> {
  const sights = () => [...viewer.output().matchAll(/^sees (.*)$/gm)];
  const look = async (): Promise<Seen> => {
    const before = sights().length;
    viewer.tell("SIGUSR1");
    const sight = await until("the viewer's page", () => sights()[before]?.[1] ?? false, viewer.output);
    return JSON.parse(sight);
  };
  const takes = async () => {
    const counts: Record<string, number> = {};
    for (let next: string | undefined = ""; next !== undefined;) {
      const page: { items: { node_id: string }[]; next?: string } = await cluster.owner.call(
        "GET",
        `/projects/${viewed.id}/takes?limit=200${next && `&cursor=${encodeURIComponent(next)}`}`,
      );
      for (const { node_id } of page.items) counts[node_id] = (counts[node_id] ?? 0) + 1;
      next = page.next;
    }
    return counts;
  };
  const { graph } = await cluster.owner.call<z.infer<typeof Canvas>>("GET", `/projects/${viewed.id}/canvas`);
  const all = { graph: inOrder(graph), takes: await takes(), open: [] };
  let seen: Seen | undefined;
  // Beats tell a page within seconds that its line is dead.
  await until("the viewer to see everything", async () => {
    seen = await look();
    seen = { ...seen, graph: inOrder(seen.graph) };
    return isDeepStrictEqual(seen, all);
  }).catch((error) => {
    if (!seen) throw error;
    assert.deepEqual(seen, all, "the viewer sees in the end what there is");
  });
}

/** Whoever came late has nodes in another order. */
function inOrder({ nodes, edges }: Graph): Graph {
  const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1;
  return { nodes: nodes.toSorted(byId), edges: edges.toSorted(byId) };
}

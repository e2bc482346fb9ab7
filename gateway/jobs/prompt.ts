import type { GeneratingNode, Graph, NodeOf } from "../../shared/canvas/graph.ts";

/** Assets wired into a node, in the order of their wires. */
export function assetsOf(graph: Graph, node: GeneratingNode): NodeOf<"asset">[] {
  return graph.edges
    .filter((edge) => edge.target === node.id && edge.target_port === "assets")
    .map((edge) => graph.nodes.find((each) => each.id === edge.source))
    .filter((source): source is NodeOf<"asset"> => source?.type === "asset");
}

/**
 * The prompt as the model gets it: the node's own text, then a line for each wired asset that has a description, as
 * `The Keeper (character): an old man in oilskins.` Models read plain words, and so can whoever opens the sidecar.
 */
export function weavePrompt(prompt: string, assets: readonly NodeOf<"asset">[]): string {
  const lines = assets.filter((asset) => asset.description.trim()).map((asset) =>
    `${asset.title} (${asset.kind}): ${asset.description.trim()}`
  );
  return [prompt.trim(), ...lines].filter(Boolean).join("\n");
}

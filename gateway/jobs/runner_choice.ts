import type { GeneratingNode, Graph, NodeOf } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import type { RunnerCatalogue } from "../runners/mod.ts";

export interface RunnerChoice {
  manifest: RunnerManifest;
  /** Params of the wired pipeline. */
  pipeline: NodeOf<"pipeline"> | null;
  /** Set when the studio chose it, with what to say in the job's story. */
  note: string | null;
}

/** Whether anybody can make a runner's takes. */
export interface Makers {
  /** Begin at once. */
  now(manifest: RunnerManifest): boolean;
  /** At once, or as soon as a machine that is paused, draining or resting goes on. */
  about(manifest: RunnerManifest): boolean;
}

/**
 * The node's runner, else its pipeline's, else the studio's default for such nodes. A default that nobody online can make
 * gives way to `animatic` when that can be made now: a film can then be cut before a GPU is there. While all machines pause, it does so where
 * none of them makes the default afterwards, either. A runner that the artist named is never replaced.
 */
export function chooseRunner(
  runners: RunnerCatalogue,
  graph: Graph,
  node: GeneratingNode,
  makers: Makers,
): RunnerChoice {
  const pipeline = pipelineOf(graph, node);
  const named = node.runner ?? pipeline?.runner;
  if (named) {
    const manifest = runners.find(named);
    if (!manifest) {
      throw new ProblemError(
        "unprocessable",
        `"${node.title}" asks for the runner "${named}", which this studio does not have; choose another on the node.`,
      );
    }
    if (!serves(manifest, node)) {
      throw new ProblemError(
        "unprocessable",
        `${manifest.title} cannot make "${node.title}": it serves ${
          manifest.serves.join(", ")
        } nodes. Choose another runner.`,
      );
    }
    return { manifest, pipeline, note: null };
  }
  const standard = standardFor(runners, graph, node);
  if (!standard) {
    throw new ProblemError(
      "unprocessable",
      `No runner of this studio makes ${node.type} nodes; add one to the runners folder.`,
    );
  }
  if (makers.now(standard)) return { manifest: standard, pipeline, note: null };
  const cards = runners.list().filter((each) =>
    each.engine === "builtin" && !each.self_test && serves(each, node)
  );
  const animatic = cards.find(makers.now) ?? (makers.about(standard) ? undefined : cards.find(makers.about));
  if (!animatic || animatic.id === standard.id) return { manifest: standard, pipeline, note: null };
  return {
    manifest: animatic,
    pipeline,
    note: `No agent online can make ${standard.title}, so this is a card by ${animatic.title}. ` +
      `Choose ${standard.title} on the node to wait for one instead.`,
  };
}

/** A shot that starts from a picture gets a runner that can: the studio's default for shots makes them from words. */
function standardFor(runners: RunnerCatalogue, graph: Graph, node: GeneratingNode): RunnerManifest | null {
  const standard = runners.defaultFor(node.type);
  const starts = graph.edges.some((each) => each.target === node.id && each.target_port === "image");
  if (!starts || !standard || takesPicture(standard)) return standard;
  return runners.list().find((each) =>
    each.engine !== "builtin" && !each.self_test && serves(each, node) && takesPicture(each)
  ) ?? standard;
}

function takesPicture(manifest: RunnerManifest): boolean {
  return manifest.inputs.some((input) => input.type === "image");
}

export function pipelineOf(graph: Graph, node: GeneratingNode): NodeOf<"pipeline"> | null {
  const edge = graph.edges.find((each) => each.target === node.id && each.target_port === "pipeline");
  const source = graph.nodes.find((each) => each.id === edge?.source);
  return source?.type === "pipeline" ? source : null;
}

function serves(manifest: RunnerManifest, node: GeneratingNode): boolean {
  return (manifest.serves as string[]).includes(node.type);
}

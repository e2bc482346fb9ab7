import { bindingFaults } from "./bind.ts";
import { RunnerManifest, type RunnerTier, Workflow } from "./manifest.ts";

/** A runner's files, read and checked. */
export interface Runner {
  manifest: RunnerManifest;
  /** By file name, as `tiers.*.workflow` and `tiers.*.large.workflow` name them. */
  workflows: ReadonlyMap<string, Workflow>;
}

export const MANIFEST_FILE = "runner.json";

/**
 * Whether a folder's files are a runner: the schema, that every tier has its graph, and that what is bound is there. Pure; whether
 * a ComfyUI takes the graphs is its own to say.
 *
 * `name` is the folder's, which must be the runner's id. Faults are sentences that name file and field.
 */
export function checkRunner(
  name: string,
  files: ReadonlyMap<string, string>,
): Runner | { faults: string[] } {
  const file = `${name}/${MANIFEST_FILE}`;
  const read = readJson(files, name, MANIFEST_FILE);
  if ("fault" in read) return { faults: [read.fault] };
  const parsed = RunnerManifest.safeParse(read.value);
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.map((issue) =>
        `${file}: ${issue.path.join(".") || "the whole"}: ${issue.message}`
      ),
    };
  }
  const manifest = parsed.data;
  const faults = manifest.id === name ? [] : [`${file}: id: is "${manifest.id}" in a folder named "${name}"`];
  if (manifest.engine === "container" && !manifest.container) {
    faults.push(`${file}: container: is missing; the engine container needs an image`);
  }
  if (Object.keys(manifest.tiers).length === 0) faults.push(`${file}: tiers: there is none`);
  const workflows = new Map<string, Workflow>();
  for (const [tier, each] of Object.entries(manifest.tiers)) {
    const graphs = graphsOf(each);
    if (graphs.length === 0 && manifest.engine !== "builtin") {
      faults.push(`${file}: tiers.${tier}.workflow: is missing`);
    }
    for (const { at, graph } of graphs) {
      const where = `${file}: tiers.${tier}.${at}`;
      const workflow = readWorkflow(files, name, graph.workflow, workflows);
      if (Array.isArray(workflow)) faults.push(...workflow);
      else {
        faults.push(...bindingFaults(manifest, workflow, graph.bindings).map((fault) => `${where}${fault}`));
        if (!workflow[graph.output_node]) {
          faults.push(`${where}output_node: ${graph.workflow} has no node "${graph.output_node}"`);
        }
      }
    }
  }
  return faults.length > 0 ? { faults: [...new Set(faults)] } : { manifest, workflows };
}

export interface Graph {
  workflow: string;
  bindings: RunnerTier["bindings"];
  output_node: string;
}

function graphsOf(tier: RunnerTier): { at: string; graph: Graph }[] {
  if (tier.workflow === undefined) return [];
  const usual = { workflow: tier.workflow, bindings: tier.bindings, output_node: tier.output_node ?? "" };
  return [{ at: "", graph: usual }, ...tier.large ? [{ at: "large.", graph: tier.large }] : []];
}

/** The graph of a tier for a picture of `area` pixels; null for a tier without graphs. */
export function graphFor(tier: RunnerTier, area: number): Graph | null {
  const graphs = graphsOf(tier);
  const large = tier.large && area > tier.large.above_area ? graphs[1] : undefined;
  return (large ?? graphs[0])?.graph ?? null;
}

/** Node classes that a tier's graphs name, and those the manifest adds. */
export function neededClasses({ manifest, workflows }: Runner, tier: RunnerTier): Set<string> {
  const files = [tier.workflow, tier.large?.workflow].flatMap((file) => file ?? []);
  const nodes = files.flatMap((file) => Object.values(workflows.get(file) ?? {}));
  return new Set([...manifest.node_classes, ...nodes.map((node) => node.class_type)]);
}

function readWorkflow(
  files: ReadonlyMap<string, string>,
  name: string,
  file: string,
  known: Map<string, Workflow>,
): Workflow | string[] {
  const before = known.get(file);
  if (before) return before;
  const read = readJson(files, name, file);
  if ("fault" in read) return [read.fault];
  const fault = notApiFormat(read.value);
  if (fault) return [`${name}/${file}: ${fault}`];
  const parsed = Workflow.safeParse(read.value);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${name}/${file}: ${issue.path.join(".")}: ${issue.message}`);
  }
  known.set(file, parsed.data);
  return parsed.data;
}

/** ComfyUI saves graphs in two ways, and only one can be run: a sentence for the other. */
export function notApiFormat(value: unknown): string | null {
  const drawn = typeof value === "object" && value !== null && "nodes" in value && "links" in value &&
    Array.isArray(value.nodes);
  return drawn
    ? "this is a drawing of a graph; in ComfyUI choose Workflow, Export (API), and take that"
    : null;
}

function readJson(
  files: ReadonlyMap<string, string>,
  name: string,
  file: string,
): { value: unknown } | { fault: string } {
  const text = files.get(file);
  if (text === undefined) return { fault: `${name}/${file}: there is no such file` };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: `${name}/${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

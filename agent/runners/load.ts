import { join } from "@std/path";
import { bindingFaults } from "../../shared/runners/bind.ts";
import { RunnerManifest, type RunnerTier, Workflow } from "../../shared/runners/manifest.ts";

/** A runner folder, read and checked. */
export interface Runner {
  manifest: RunnerManifest;
  /** By file name, as `tiers.*.workflow` and `tiers.*.large.workflow` name them. */
  workflows: ReadonlyMap<string, Workflow>;
}

export interface LoadedRunners {
  runners: Runner[];
  /** What is wrong with the others: sentences that name file and field. */
  faults: string[];
}

/** Reads a folder of runner folders. One that is wrong is left out and told; the others work. */
export async function loadRunners(folder: string): Promise<LoadedRunners> {
  const runners: Runner[] = [];
  const faults: string[] = [];
  for (const name of await folders(folder)) {
    const loaded = await loadRunner(join(folder, name), name);
    if ("manifest" in loaded) runners.push(loaded);
    else faults.push(...loaded.faults);
  }
  return { runners, faults };
}

async function folders(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory && await exists(join(folder, entry.name, "runner.json"))) names.push(entry.name);
  }
  return names.sort();
}

async function loadRunner(folder: string, name: string): Promise<Runner | { faults: string[] }> {
  const file = `${name}/runner.json`;
  const read = await readJson(join(folder, "runner.json"), file);
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
  const workflows = new Map<string, Workflow>();
  for (const [tier, each] of Object.entries(manifest.tiers)) {
    const graphs = graphsOf(each);
    if (graphs.length === 0 && manifest.engine !== "builtin") {
      faults.push(`${file}: tiers.${tier}.workflow: is missing`);
    }
    for (const { at, graph } of graphs) {
      const where = `${file}: tiers.${tier}.${at}`;
      const workflow = await readWorkflow(folder, name, graph.workflow, workflows);
      if (Array.isArray(workflow)) faults.push(...workflow);
      else {
        faults.push(...bindingFaults(manifest, workflow, graph.bindings).map((fault) => `${where}${fault}`));
        if (!workflow[graph.output_node]) {
          faults.push(`${where}output_node: ${graph.workflow} has no node "${graph.output_node}"`);
        }
      }
    }
  }
  return faults.length > 0 ? { faults } : { manifest, workflows };
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

async function readWorkflow(
  folder: string,
  name: string,
  file: string,
  known: Map<string, Workflow>,
): Promise<Workflow | string[]> {
  const before = known.get(file);
  if (before) return before;
  const read = await readJson(join(folder, file), `${name}/${file}`);
  if ("fault" in read) return [read.fault];
  const parsed = Workflow.safeParse(read.value);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${name}/${file}: ${issue.path.join(".")}: ${issue.message}`);
  }
  known.set(file, parsed.data);
  return parsed.data;
}

async function readJson(path: string, shown: string): Promise<{ value: unknown } | { fault: string }> {
  try {
    return { value: JSON.parse(await Deno.readTextFile(path)) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { fault: `${shown}: there is no such file` };
    return { fault: `${shown}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

import { join } from "@std/path";
import { checkRunner, MANIFEST_FILE, type Runner } from "../../shared/runners/check.ts";
import { belongsInPack } from "../../shared/runners/pack.ts";

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
    const read = checkRunner(name, await readRunnerFiles(join(folder, name)));
    if ("manifest" in read) runners.push(read);
    else faults.push(...read.faults);
  }
  return { runners, faults };
}

/** The agent's own runners and those that its owner installed; an own one cannot be replaced. */
export async function loadAllRunners(own: string, installed: string | undefined): Promise<LoadedRunners> {
  const first = await loadRunners(own);
  const second = installed !== undefined && await exists(installed)
    ? await loadRunners(installed)
    : { runners: [], faults: [] };
  const known = new Set(first.runners.map(({ manifest }) => manifest.id));
  const doubled = second.runners.filter(({ manifest }) => known.has(manifest.id));
  return {
    runners: [...first.runners, ...second.runners.filter(({ manifest }) => !known.has(manifest.id))],
    faults: [
      ...first.faults,
      ...second.faults,
      ...doubled.map(({ manifest }) => `${manifest.id}: comes with the agent; give yours another id`),
    ],
  };
}

/** What a runner's folder holds, as text, by file name. */
export async function readRunnerFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && belongsInPack(entry.name)) {
      files.set(entry.name, await Deno.readTextFile(join(folder, entry.name)));
    }
  }
  return files;
}

async function folders(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory || entry.name.startsWith(".")) continue;
    if (await exists(join(folder, entry.name, MANIFEST_FILE))) names.push(entry.name);
  }
  return names.sort();
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

import { join } from "@std/path";
import { checkRunner } from "../../shared/runners/check.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { belongsInPack } from "../../shared/runners/pack.ts";
import type { Log } from "../http/mod.ts";
import type { BadRunner, RunnerCatalogue } from "./mod.ts";

export interface BuiltIn {
  runners: RunnerManifest[];
  bad: BadRunner[];
}

/**
 * Reads a folder of runner folders. A folder that is wrong is left out, logged and listed: one bad runner must not close
 * the studio. A missing folder is an error of the configuration.
 */
export async function readCatalogue(folder: string, log: Log): Promise<BuiltIn> {
  const runners: RunnerManifest[] = [];
  const bad: BadRunner[] = [];
  for (const name of await foldersIn(folder)) {
    const read = checkRunner(name, await filesIn(join(folder, name)));
    if ("faults" in read) {
      bad.push({ folder: name, errors: read.faults });
      log.error(`Runner ${name} is left out`, { errors: read.faults });
    } else runners.push(read.manifest);
  }
  return { runners, bad };
}

/** In order of preference. */
export function catalogueOf(all: readonly RunnerManifest[], bad: BadRunner[]): RunnerCatalogue {
  const runners = all.toSorted(byPreference);
  const byId = new Map(runners.map((runner) => [runner.id, runner]));
  return {
    list: () => runners,
    find: (id) => byId.get(id) ?? null,
    defaultFor: (nodeType) =>
      runners.find((runner) => !runner.self_test && (runner.serves as string[]).includes(nodeType)) ?? null,
    bad: () => bad,
  };
}

async function filesIn(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && belongsInPack(entry.name)) {
      files.set(entry.name, await Deno.readTextFile(join(folder, entry.name)));
    }
  }
  return files;
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isDirectory && !entry.name.startsWith(".")) {
        if (await isFile(join(folder, entry.name, "runner.json"))) names.push(entry.name);
      }
    }
    return names.sort();
  } catch (cause) {
    throw new Error(`Cannot read the runners in ${folder}: set RUNNERS_DIR to a folder of runner folders`, {
      cause,
    });
  }
}

/**
 * What a node gets when it names none comes first: it needs no file and makes a real picture, not one of the builtin cards;
 * of several, the one that says it is the first choice.
 */
function byPreference(a: RunnerManifest, b: RunnerManifest): number {
  const rank = (runner: RunnerManifest) =>
    (runner.self_test ? 8 : 0) + (runner.engine === "builtin" ? 4 : 0) + (needsFile(runner) ? 2 : 0) +
    (runner.first_choice ? 0 : 1);
  return rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
}

function needsFile(runner: RunnerManifest): boolean {
  return runner.inputs.some((input) =>
    input.required && ["image", "mask", "audio", "video"].includes(input.type)
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

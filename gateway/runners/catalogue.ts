import { join } from "@std/path";
import { RunnerManifest } from "../../shared/runners/manifest.ts";
import type { Log } from "../http/mod.ts";
import type { BadRunner, RunnerCatalogue } from "./mod.ts";

/**
 * Reads a folder of runner folders. A folder that is wrong is left out, logged and listed: one bad runner must not close
 * the studio. A missing folder is an error of the configuration.
 */
export async function openCatalogue(folder: string, log: Log): Promise<RunnerCatalogue> {
  const good: RunnerManifest[] = [];
  const bad: BadRunner[] = [];
  for (const name of await foldersIn(folder)) {
    const read = await readRunner(join(folder, name), name);
    if ("errors" in read) {
      bad.push(read);
      log.error(`Runner ${name} is left out`, { errors: read.errors });
    } else good.push(read);
  }
  const runners = good.toSorted(byPreference);
  return {
    list: () => runners,
    find: (id) => runners.find((runner) => runner.id === id) ?? null,
    defaultFor: (nodeType) =>
      runners.find((runner) => !runner.self_test && (runner.serves as string[]).includes(nodeType)) ?? null,
    bad: () => bad,
  };
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

async function readRunner(folder: string, name: string): Promise<RunnerManifest | BadRunner> {
  const file = `${name}/runner.json`;
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(join(folder, "runner.json")));
  } catch (error) {
    return { folder: name, errors: [`${file}: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const parsed = RunnerManifest.safeParse(value);
  if (!parsed.success) {
    return {
      folder: name,
      errors: parsed.error.issues.map((issue) =>
        `${file}: ${issue.path.join(".") || "(whole)"}: ${issue.message}`
      ),
    };
  }
  const errors: string[] = [];
  const runner = parsed.data;
  if (runner.id !== name) {
    errors.push(`${file}: id: is "${runner.id}", the folder is "${name}"; they must be the same`);
  }
  for (const [tier, { workflow }] of Object.entries(runner.tiers)) {
    if (workflow && !await isFile(join(folder, workflow))) {
      errors.push(`${file}: tiers.${tier}.workflow: there is no file ${workflow} beside it`);
    }
  }
  return errors.length ? { folder: name, errors } : runner;
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

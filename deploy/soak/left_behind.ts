import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Cluster } from "./cluster.ts";
import { processesAbout } from "./processes.ts";

/** Names of files and folders that are something for a moment only. */
const TEMPORARY = [
  // Of Git: locks, packs and objects that are being written, the quarantine of a push, what an import that broke says of it.
  /\.lock$/,
  /^tmp_|^\.tmp-/,
  /^incoming-/,
  /^fast_import_crash_/,
  // Of the studio: repositories and hooks that are being made, what waits on disk for Git.
  /^\.making-/,
  /^push-/,
  /^\.[0-9a-f]{8}-[0-9a-f-]{27}$/,
];

/** Temporary files and folders below a folder, and whatever lies in a folder for what arrives. */
export async function temporaryIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (TEMPORARY.some((pattern) => pattern.test(entry.name))) found.push(path);
    else if (entry.isDirectory && entry.name === ".incoming") {
      for await (const each of Deno.readDir(path)) found.push(join(path, each.name));
    } else if (entry.isDirectory) found.push(...await temporaryIn(path));
  }
  return found;
}

/** Of agents: work that the gateway was never told of. */
async function workIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const work = join(folder, name, "work");
    const entries = await Array.fromAsync(Deno.readDir(work)).catch(() => []);
    found.push(...entries.map((entry) => join(work, entry.name)));
  }
  return found;
}

/** When all has ended: no process, no work that is owed, no temporary file. */
export async function assertNothingLeft(cluster: Cluster): Promise<number> {
  assert.deepEqual(await processesAbout(cluster.folder), [], "these processes were left behind");
  assert.deepEqual(await workIn(cluster.folder), [], "agents owe this to the studio");
  const left = [...await temporaryIn(cluster.dataDir), ...await temporaryIn(cluster.temporary)];
  console.log(left);
  return left.length;
}

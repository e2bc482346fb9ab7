import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Cluster } from "./cluster.ts";
import { processesAbout } from "./processes.ts";
import { tool } from "./tools.ts";

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

/**
 * When all has ended: no process, no work that is owed, no temporary file but what Git was writing when its gateway was killed, and that
 * housekeeping takes away when it is two days old. How many of those there were.
 */
export async function assertNothingLeft(cluster: Cluster): Promise<number> {
  assert.deepEqual(await processesAbout(cluster.folder), [], "these processes were left behind");
  assert.deepEqual(await workIn(cluster.folder), [], "agents owe this to the studio");
  assert.deepEqual([...Deno.readDirSync(cluster.temporary)], [], "gateways left this among temporary files");
  const left = await temporaryIn(cluster.dataDir);
  for (const path of left) await age(path);
  const said = left.length ? await tool("housekeeping", cluster.env, "--remove") : "";
  assert.deepEqual(await temporaryIn(cluster.dataDir), [], `housekeeping left this: ${said}`);
  return left.length;
}

/** As if nobody had touched it for two days. */
async function age(path: string): Promise<void> {
  const then = new Date(Date.now() - 2 * 24 * 3600_000);
  if ((await Deno.lstat(path)).isDirectory) {
    for await (const { name } of Deno.readDir(path)) await age(join(path, name));
  }
  await Deno.utime(path, then, then);
}

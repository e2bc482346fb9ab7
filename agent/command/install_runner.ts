import { basename, dirname, join } from "@std/path";
import { neededClasses } from "../../shared/runners/check.ts";
import { RunnerId } from "../../shared/runners/manifest.ts";
import { openPack, packDigest, writePack } from "../../shared/runners/pack.ts";
import { risksOf } from "../../shared/runners/risks.ts";
import { UsageError } from "../config.ts";
import { loadRunners, readRunnerFiles } from "../runners/load.ts";
import { printable } from "../terminal.ts";
import { idOf, type RunnerDoors, tellFaults, tiersOf } from "./runner_doors.ts";
import type { RunnerLine } from "./runner_options.ts";

/** `agent runner install`: a runner of somebody else's, after saying what it runs and what that could do here. */
export async function install(line: RunnerLine, doors: RunnerDoors): Promise<number> {
  const bytes = await fetchPack(line, doors);
  const opened = openPack(bytes);
  if ("faults" in opened) return tellFaults(opened.faults, doors);
  const { manifest } = opened;
  if (manifest.engine === "builtin") {
    return tellFaults(["A runner with the engine builtin is code, and no pack brings that."], doors);
  }
  const own = await loadRunners(doors.ownDir);
  if (own.runners.some((each) => each.manifest.id === manifest.id)) {
    return tellFaults([`${manifest.id} comes with the agent; a runner of yours needs another id.`], doors);
  }
  const digest = await packDigest(bytes);
  if (line.sha256 && line.sha256 !== digest) {
    return tellFaults([`Its sha256 is ${digest}, not the one you named; nothing was installed.`], doors);
  }
  const risks = risksOf(opened);
  for (const { sentence } of risks) doors.print(`! ${printable(sentence)}`);
  if (risks.length > 0 && !line.acceptRisks) {
    doors.print(`Nothing was installed. If you trust who made ${manifest.id}: the same with --accept-risks`);
    return 1;
  }
  const folder = join(doors.installedDir, manifest.id);
  await replaceFolder(folder, opened.files);
  doors.print(`Installed ${printable(manifest.title)} ${manifest.version} (${manifest.id}).`);
  doors.print(`sha256 ${digest}`);
  const classes = new Set(tiersOf(manifest).flatMap((tier) => [...neededClasses(opened, tier)]));
  doors.print(`It runs these nodes of ComfyUI: ${[...classes].map(printable).sort().join(", ")}`);
  const models = new Map(tiersOf(manifest).flatMap((tier) => tier.models).map((each) => [each.file, each]));
  for (const { folder, file, url, licence } of models.values()) {
    doors.print(
      `  needs models/${printable(`${folder}/${file}`)}${url ? ` from ${url}` : ""} (${printable(licence)})`,
    );
  }
  if (manifest.engine === "container") {
    doors.print(`Its container is set up with: agent container add ${manifest.id}`);
  }
  doors.print("A running agent sees it within a minute; agent doctor says what is still missing.");
  return 0;
}

async function fetchPack(line: RunnerLine, doors: RunnerDoors): Promise<Uint8Array<ArrayBuffer>> {
  if (line.path !== null) {
    try {
      const stat = await Deno.stat(line.path);
      return stat.isDirectory ? writePack(await readRunnerFiles(line.path)) : await Deno.readFile(line.path);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      if (!RunnerId.safeParse(line.id).success) throw new UsageError(`There is no ${line.path}.`, { cause });
    }
  }
  if (!doors.gateway) {
    throw new UsageError(`There is no file "${line.id}" here, and no studio was joined that could have it.`);
  }
  return await doors.gateway.runnerPack(idOf(line.id!));
}

/** The new folder is whole before the old one goes. */
async function replaceFolder(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const fresh = join(dirname(folder), `.${basename(folder)}`);
  await Deno.remove(fresh, { recursive: true }).catch(() => {});
  await Deno.mkdir(fresh, { recursive: true });
  for (const [name, text] of files) await Deno.writeTextFile(join(fresh, name), text);
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.rename(fresh, folder);
}

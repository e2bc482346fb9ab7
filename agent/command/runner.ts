import { basename, join } from "@std/path";
import { checkRunner, notApiFormat, type Runner } from "../../shared/runners/check.ts";
import { draftRunner, marksOf, UNSAID } from "../../shared/runners/draft.ts";
import { Workflow } from "../../shared/runners/manifest.ts";
import { risksOf } from "../../shared/runners/risks.ts";
import { openPack, packDigest, writePack } from "../../shared/runners/pack.ts";
import { TIERS } from "../../shared/tiers.ts";
import { type ComfyClient, ComfyError } from "../comfyui/client.ts";
import type { ObjectInfo } from "../comfyui/validate.ts";
import { UsageError } from "../config.ts";
import { checkGraphs } from "../runners/check_graphs.ts";
import { loadRunners, readRunnerFiles } from "../runners/load.ts";
import { printable } from "../terminal.ts";
import { install } from "./install_runner.ts";
import { idOf, type RunnerDoors, tellFaults, tiersOf } from "./runner_doors.ts";
import type { RunnerLine } from "./runner_options.ts";

/** `agent runner …`: make, check, pack and install runners. Exit code 1 when something is wrong with the runner. */
export async function runner(line: RunnerLine, doors: RunnerDoors): Promise<number> {
  switch (line.verb) {
    case "new":
      return await newRunner(line, doors);
    case "check":
      return await check(line.path!, doors);
    case "pack":
      return await pack(line.path!, doors);
    case "install":
      return await install(line, doors);
    case "remove":
      return await remove(line.id!, doors);
    case "list":
      return await list(doors);
  }
}

async function newRunner(line: RunnerLine, { print }: RunnerDoors): Promise<number> {
  const id = idOf(line.id!);
  const graph = await readGraph(line.graph!);
  const marks = marksOf(graph, line.serves).map((mark) => {
    const named = line.inputs.get(`${mark.node}.${mark.input}`);
    return named === undefined ? mark : { ...mark, suggested: named || null };
  });
  const strange = [...line.inputs.keys()].find((key) =>
    !marks.some((mark) => `${mark.node}.${mark.input}` === key)
  );
  if (strange) throw new UsageError(`The graph has no value ${strange} that could be an input (--input).`);
  const files = draftRunner({
    id,
    title: id.replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase()),
    description: "",
    serves: line.serves,
    tier: line.tier,
    vram_mb: TIERS[line.tier].minVramMb,
    ram_mb: 16_384,
    graph,
    inputs: marks.flatMap(({ title: _, suggested, ...mark }) =>
      suggested ? [{ ...mark, name: suggested }] : []
    ),
  });
  if (typeof files === "string") throw new UsageError(files);
  const folder = join(line.cwd, id);
  try {
    await Deno.mkdir(folder);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new UsageError(`There is a folder ${folder} already; nothing was written.`, { cause });
  }
  for (const [name, text] of files) await Deno.writeTextFile(join(folder, name), text);
  print(`Wrote ${[...files.keys()].map((name) => join(id, name)).join(" and ")}.`);
  for (const mark of marks) {
    if (mark.suggested) {
      print(`  input ${mark.suggested.padEnd(16)} ← node ${mark.node}, ${printable(mark.title)}`);
    }
  }
  const others = marks.filter((mark) => !mark.suggested);
  if (others.length) {
    print("Left as they are; what artists shall give, too, is named with --input NODE.INPUT=NAME:");
    for (const mark of others) {
      print(
        `  ${printable(`${mark.node}.${mark.input}`)} = ${brief(mark.value)}   (${printable(mark.title)})`,
      );
    }
  }
  const manifest = join(id, "runner.json");
  print(
    [...files.values()].some((text) => text.includes('"licence"'))
      ? `Say in ${manifest} what its models may be used for, then: agent runner check ${id}`
      : `Say in ${manifest} what card it needs (vram_mb), then: agent runner check ${id}`,
  );
  return 0;
}

async function check(path: string, doors: RunnerDoors): Promise<number> {
  const read = await readRunner(path);
  if ("faults" in read) return tellFaults(read.faults, doors);
  const { manifest } = read;
  doors.print(`${manifest.title} ${manifest.version}: the manifest is in order.`);
  if (manifest.engine === "builtin") {
    return tellFaults(
      [`${manifest.id}: engine builtin is code of the agent; a runner of yours has a graph.`],
      doors,
    );
  }
  for (const { sentence } of risksOf(read)) {
    doors.print(`  whoever installs it is asked to accept: ${printable(sentence)}`);
  }
  const unsaid = new Set(
    tiersOf(manifest).flatMap((tier) => tier.models).filter(({ licence }) => licence === UNSAID).map((
      { file },
    ) => file),
  );
  if (unsaid.size > 0) {
    doors.print(
      `  nothing that it makes may be sold while runner.json does not say the licence of ${
        [...unsaid].join(", ")
      }`,
    );
  }
  const found = await ask(doors.comfyui, read);
  if (typeof found === "string") {
    doors.print(`Not checked against a ComfyUI: ${found}`);
    return 0;
  }
  const faults = checkGraphs(read, found);
  if (faults.length) return tellFaults(faults, doors);
  doors.print(`ComfyUI ${found.version} takes its ${read.workflows.size === 1 ? "graph" : "graphs"}.`);
  for (const [tier, each] of Object.entries(manifest.tiers)) {
    const lacking = each.models.filter((model) =>
      !found.models[model.folder]?.some((name) => isFile(name, model.file))
    );
    if (lacking.length) {
      doors.print(`  ${tier}: lacks ${lacking.map(({ folder, file }) => `${folder}/${file}`).join(", ")}`);
    }
  }
  return 0;
}

async function pack(path: string, doors: RunnerDoors): Promise<number> {
  const read = await readRunner(path);
  if ("faults" in read) return tellFaults(read.faults, doors);
  const bytes = writePack(await readRunnerFiles(path));
  const opened = openPack(bytes);
  if ("faults" in opened) return tellFaults(opened.faults, doors);
  const file = `${path}-${read.manifest.version}.zip`;
  await Deno.writeFile(file, bytes);
  doors.print(`Wrote ${file}, ${bytes.length} bytes.`);
  doors.print(`sha256 ${await packDigest(bytes)}`);
  doors.print(
    "The studio's owner adds it under Runners; each agent takes it with: agent runner install " +
      read.manifest.id,
  );
  return 0;
}

async function remove(id: string, doors: RunnerDoors): Promise<number> {
  const folder = join(doors.installedDir, idOf(id));
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UsageError(`No runner "${id}" was installed here; agent runner list says which are.`, {
      cause,
    });
  }
  doors.print(`Removed ${id}. Its models lie in ComfyUI's folder and are left there.`);
  return 0;
}

async function list(doors: RunnerDoors): Promise<number> {
  const own = await loadRunners(doors.ownDir);
  const installed = await loadRunners(doors.installedDir).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return { runners: [], faults: [] };
    throw error;
  });
  for (
    const [title, { runners }] of [["Comes with the agent", own], ["Installed here", installed]] as const
  ) {
    doors.print(title);
    for (const { manifest } of runners.filter(({ manifest }) => !manifest.self_test)) {
      const tiers = Object.keys(manifest.tiers).map((tier) => TIERS[tier as RunnerLine["tier"]].label).join(
        ", ",
      );
      doors.print(
        `  ${manifest.id.padEnd(22)} ${manifest.version.padEnd(8)} ${printable(manifest.title)} (${tiers})`,
      );
    }
    if (runners.length === 0) doors.print("  none; agent runner install brings one");
  }
  return tellFaults([...own.faults, ...installed.faults], doors);
}

async function readRunner(path: string): Promise<Runner | { faults: string[] }> {
  try {
    return checkRunner(basename(path), await readRunnerFiles(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      throw new UsageError(`There is no folder ${path}.`, { cause });
    }
    throw cause;
  }
}

async function readGraph(path: string): Promise<Workflow> {
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
  const fault = notApiFormat(value);
  if (fault) throw new UsageError(`${path}: ${fault}.`);
  const parsed = Workflow.safeParse(value);
  if (!parsed.success || Object.keys(parsed.data).length === 0) {
    throw new UsageError(`${path} is no graph that ComfyUI exports with Workflow, Export (API).`);
  }
  return parsed.data;
}

/** What ComfyUI has that matters to this runner; a sentence when none answers. */
async function ask(client: ComfyClient | null, { manifest }: Runner) {
  if (!client) return "this agent is set to use none.";
  const folders = [...new Set(tiersOf(manifest).flatMap((tier) => tier.models.map((model) => model.folder)))];
  try {
    const stats = await client.systemStats({ timeoutMs: 10_000 });
    const objectInfo = await client.objectInfo({}) as unknown as ObjectInfo;
    const lists = await Promise.all(
      folders.map(async (folder) => [folder, await client.models(folder, {})] as const),
    );
    return { version: stats.system.comfyui_version, objectInfo, models: Object.fromEntries(lists) };
  } catch (error) {
    if (error instanceof ComfyError) return error.message;
    throw error;
  }
}

function isFile(listed: string, file: string): boolean {
  return listed.replaceAll("\\", "/").split("/").at(-1) === file;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return printable(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}

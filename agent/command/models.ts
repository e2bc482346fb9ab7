import { sizeOf, sizeOfAll } from "../../shared/runners/size.ts";
import { modelsDirOf } from "../launch/models_dir.ts";
import type { AgentConfig } from "../config.ts";
import type { Look } from "../machine.ts";
import { gigabytes, weight } from "../models/downloader.ts";
import { digestWords, fetched, readState } from "../models/files.ts";
import { begun, hereInFolder } from "../models/folder.ts";
import type { ModelNeed } from "../models/needs.ts";
import { printable } from "../terminal.ts";
import type { CommandLine } from "./options.ts";

/** `agent models`: what is here, what is missing, and what each missing file would open up on this machine. */
export async function models(
  line: CommandLine,
  config: AgentConfig | null,
  options: { look(signal: AbortSignal): Promise<Look>; print(text: string): void },
): Promise<number> {
  const print = (text: string) => options.print(printable(text));
  const look = await options.look(new AbortController().signal);
  const dir = modelsDirOf({ line, config });
  const inFolder = dir === null ? () => false : await hereInFolder(dir, look.models);
  const needs = look.models.map((need) => ({ ...need, here: need.here || dir !== null && inFolder(need) }));
  const here = needs.filter((need) => need.here);
  const useful = needs.filter((need) => !need.here && need.opens.length > 0);
  const other = needs.filter((need) => !need.here && need.opens.length === 0);
  if (look.facts.comfyui_version === null) {
    print(
      dir === null
        ? "No ComfyUI answers, and its models folder is not known: what is here cannot be told."
        : `No ComfyUI answers; looked into ${dir}.`,
    );
  }
  const digests = new Map((await fetched(line.dataDir)).map((each) => [each.key, digestWords(each)]));
  section("Here", here);
  if (here.length === 0) print("  nothing yet");
  section("Missing, and would open something up on this machine", useful);
  for (const [capability, files] of byCapability(useful)) {
    print(
      `  ${capability} opens with ${files.length === 1 ? "one file" : `${files.length} files`}, ${
        weight(sizeOfAll(files))
      }: agent models get ${capability}`,
    );
  }
  section("Missing, and of no use to this machine's cards", other);
  const state = await readState(line.dataDir);
  const at = state && !state.over
    ? state.files.find(({ stage }) => stage === "fetching" || stage === "checking")
    : undefined;
  if (at) {
    const share = at.total
      ? `${Math.floor(at.done / at.total * 100)} % of ${gigabytes(at.total)}`
      : gigabytes(at.done);
    print(`\nUnder way: ${at.key}, ${share}${state!.waits ? `; waits: ${state!.waits}` : ""}`);
  }
  for (const need of dir === null ? [] : needs.filter((each) => !each.here)) {
    const bytes = await begun(dir!, need);
    if (bytes > 0 && need.key !== at?.key) {
      print(`Begun: ${need.key}, ${gigabytes(bytes)}; agent models get ${need.file} goes on from there`);
    }
  }
  return 0;

  function section(title: string, files: readonly ModelNeed[]): void {
    if (files.length > 0 || title === "Here") options.print(`\n${title}`);
    for (const file of files) {
      const known = sizeOf(file);
      const about = [
        known ? weight(known) : "size not told",
        file.licence,
        ...file.commercial ? [] : ["not for sale"],
        file.url ? new URL(file.url).host : "no source known",
        ...file.here ? [digests.get(file.key) ?? []].flat() : [],
      ];
      print(`  ${file.key}  (${about.join(", ")})`);
    }
  }
}

function byCapability(files: readonly ModelNeed[]): Map<string, ModelNeed[]> {
  const found = new Map<string, ModelNeed[]>();
  for (const file of files) {
    for (const capability of file.opens) found.set(capability, [...found.get(capability) ?? [], file]);
  }
  return new Map([...found].toSorted(([, a], [, b]) => a.length - b.length));
}

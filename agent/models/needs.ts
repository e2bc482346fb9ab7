import type { Runner } from "../../shared/runners/check.ts";
import { neededClasses } from "../../shared/runners/check.ts";
import { capabilityOf, type ModelFile } from "../../shared/runners/manifest.ts";
import { abilities, listedName, type SlotFacts } from "../runners/capability.ts";

/** A model file that some runner needs, and what it would mean to have it here. */
export interface ModelNeed extends ModelFile {
  /** `models/<folder>/<file>`: what tells one from another. */
  key: string;
  /** Its source asks for a token, after its terms were accepted on its page. */
  gated: boolean;
  /** null: nobody tells, as no ComfyUI answers and its folder is not known. */
  here: boolean | null;
  /** Capabilities that use it, and of them those that this machine's cards could make if only all their files were here. */
  usedBy: string[];
  opens: string[];
}

export function keyOf({ folder, file }: Pick<ModelFile, "folder" | "file">): string {
  return `${folder}/${file}`;
}

/** By its licence's words: sources say it in no other way that a manifest could hold. */
export function isGated({ licence }: Pick<ModelFile, "licence">): boolean {
  return /\bgated\b/i.test(licence);
}

/**
 * Every file that the runners name, once. Pure. `here` says of a file whether it is there; `slots` are the cards as looked at.
 */
export function modelNeeds(
  runners: readonly Runner[],
  slots: readonly SlotFacts[],
  here: (model: ModelFile) => boolean | null,
): ModelNeed[] {
  const needs = new Map<string, ModelNeed>();
  const couldMake = new Set(
    slots.flatMap((slot) => abilities(runners, withAllFiles(runners, slot)).capabilities),
  );
  for (const { manifest } of runners) {
    for (const [tier, { models }] of Object.entries(manifest.tiers)) {
      const capability = capabilityOf(manifest.id, tier);
      const complete = models.every((model) => here(model) === true);
      for (const model of models) {
        const key = keyOf(model);
        let need = needs.get(key);
        if (!need) {
          const known = { key, gated: isGated(model), here: here(model), usedBy: [], opens: [] };
          needs.set(key, need = { ...model, ...known });
        }
        // One runner may know more of a file than another.
        need.size ??= model.size;
        need.size_about ??= model.size_about;
        need.sha256 ??= model.sha256;
        need.url ??= model.url;
        need.usedBy.push(capability);
        if (!complete && couldMake.has(capability)) need.opens.push(capability);
      }
    }
  }
  return [...needs.values()].toSorted((a, b) => b.opens.length - a.opens.length || (a.key < b.key ? -1 : 1));
}

/** The same machine with a ComfyUI that has all nodes where none answers, and every file. */
function withAllFiles(runners: readonly Runner[], slot: SlotFacts): SlotFacts {
  const models = new Map<string, string[]>();
  const classes = new Set<string>();
  for (const runner of runners) {
    for (const tier of Object.values(runner.manifest.tiers)) {
      for (const { folder, file } of tier.models) models.set(folder, [...models.get(folder) ?? [], file]);
      for (const name of neededClasses(runner, tier)) classes.add(name);
    }
  }
  return { ...slot, comfyui: { nodeClasses: slot.comfyui?.nodeClasses ?? classes, models } };
}

/** From ComfyUI's own lists. */
export function hereByLists(slots: readonly SlotFacts[]): (model: ModelFile) => boolean | null {
  const lists = slots.flatMap(({ comfyui }) => comfyui ? [comfyui] : []);
  return (model) => lists.length === 0 ? null : lists.some((comfyui) => listedName(model, comfyui) !== null);
}

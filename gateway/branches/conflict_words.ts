import type { MergeConflict } from "../../shared/api/branches.ts";
import type { Settled } from "../../shared/canvas/merge/clash.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import { valueText } from "../history/mod.ts";

/** Both branches as people call them. */
export interface Titles {
  mine: string;
  theirs: string;
}

type View = Omit<MergeConflict, "takes">;

/** A clash for whoever has to decide it. `graphs`: of both, where nodes have their titles. */
export function conflictOf(clash: Settled, titles: Titles, graphs: readonly Graph[]): View {
  const title = new Map(graphs.flatMap((graph) => graph.nodes.map((node) => [node.id, node.title])));
  const { id, kind, node_id, field, choice } = clash;
  const word = (value: unknown) => valueWords(clash, value, title);
  return {
    id,
    kind,
    node_id,
    title: kind === "name" ? String(clash.theirs) : clash.title,
    field: field?.replace(/^params\./, "").replaceAll("_", " ") ?? null,
    sentence: sentenceOf(clash, titles),
    base: word(clash.base),
    mine: word(clash.mine),
    theirs: word(clash.theirs),
    choice,
  };
}

function sentenceOf({ kind, title, field, mine, theirs }: Settled, titles: Titles): string {
  switch (kind) {
    case "field":
      return `"${title}": ${field!.replace(/^params\./, "").replaceAll("_", " ")} differs.`;
    case "place":
      return `"${title}" was moved on both.`;
    case "node":
      if (mine === undefined) {
        return `"${title}" was removed in ${titles.mine} and changed in ${titles.theirs}.`;
      }
      return theirs === undefined
        ? `"${title}" was changed in ${titles.mine} and removed in ${titles.theirs}.`
        : `"${title}" is another kind of node on each side.`;
    case "wire":
      return `"${title}" is wired otherwise on each side.`;
    case "name":
      return `Two shots are called ${title}: "${mine}" and "${theirs}". One keeps the name; the other gets the next free one.`;
    case "take":
      return `"${title}" has another take chosen on each side.`;
    case "setting":
      return `The project's ${field!.replaceAll("_", " ")} differs.`;
    case "file":
      return `${title} was changed on both.`;
  }
}

function valueWords(
  { kind, field }: Settled,
  value: unknown,
  titles: ReadonlyMap<string, string>,
): string | null {
  if (value === undefined || value === null) return null;
  if (kind === "node") return nodeWords(value);
  if (kind === "wire") return wireWords(value, titles);
  if (kind === "field" && field === "parent") return titles.get(String(value)) ?? String(value);
  return valueText(value);
}

function nodeWords(value: unknown): string {
  const { title, type } = value as { title: string; type: string };
  return `${title} (${type.replaceAll("_", " ")})`;
}

function wireWords(value: unknown, titles: ReadonlyMap<string, string>): string {
  const { source, target } = value as { source: string; target: string };
  return `${titles.get(source) ?? source} → ${titles.get(target) ?? target}`;
}

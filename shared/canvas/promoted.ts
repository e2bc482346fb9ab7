import { type CanvasNode, type Graph, isGenerating, type NodeOf } from "./graph.ts";
import { groupsAround, nodesById } from "./levels.ts";

/**
 * Fields of nodes that a group offers as its own. The value stays in the node, which is the only truth; the group says which, in what
 * order and under what name. Groups further out name the same field of the same node, so that nothing depends on the groups between.
 */
export interface Promoted {
  /** As the group has it: `<node>.<field>`. */
  key: string;
  node: CanvasNode;
  /** `prompt`, or `params.<name>` for one of a runner's own inputs. */
  field: string;
  /** What the artist called it; absent: as the field is called. */
  label?: string;
}

const PLAIN: Readonly<Record<CanvasNode["type"], readonly string[]>> = {
  asset: ["kind", "description"],
  generate_image: ["prompt", "negative_prompt", "seed", "runner", "width", "height"],
  edit_image: ["prompt", "negative_prompt", "seed", "runner"],
  kontext: ["prompt", "negative_prompt", "seed", "runner"],
  pipeline: ["runner"],
  shot: ["prompt", "negative_prompt", "seed", "runner", "duration", "trim_in", "trim_out"],
  assembler: ["fade_in", "fade_out"],
  group: [],
  note: ["text"],
};

export function promotedKey(node: string, field: string): string {
  return `${node}.${field}`;
}

/** No id of a node has a point. */
export function partsOf(key: string): { node: string; field: string } {
  const at = key.indexOf(".");
  return { node: key.slice(0, at), field: key.slice(at + 1) };
}

export function canPromote(node: CanvasNode, field: string): boolean {
  if (PLAIN[node.type].includes(field)) return true;
  return field.startsWith("params.") && field.length > 7 && (isGenerating(node) || node.type === "pipeline");
}

/** What a group offers, in its order. Entries that mean nothing any more (others moved the node out meanwhile) are left out. */
export function promotedIn(nodes: ReadonlyMap<string, CanvasNode>, group: NodeOf<"group">): Promoted[] {
  return Object.entries(group.promoted ?? {}).flatMap(([key, { label, rank }]) => {
    const { node: id, field } = partsOf(key);
    const node = nodes.get(id);
    if (!node || !canPromote(node, field) || !liesIn(nodes, id, group.id)) return [];
    return [{ key, node, field, ...(label === undefined ? {} : { label }), rank }];
  }).sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1)).map(({ rank: _, ...promoted }) => promoted);
}

function liesIn(nodes: ReadonlyMap<string, CanvasNode>, id: string, group: string): boolean {
  return groupsAround(nodes, id).some((each) => each.id === group);
}

/** The group without promotions that mean nothing; itself when all mean something. */
export function withoutLost(nodes: ReadonlyMap<string, CanvasNode>, group: NodeOf<"group">): NodeOf<"group"> {
  const count = Object.keys(group.promoted ?? {}).length;
  if (!count) return group;
  const kept = new Set(promotedIn(nodes, group).map((each) => each.key));
  if (kept.size === count) return group;
  const promoted = Object.fromEntries(Object.entries(group.promoted!).filter(([key]) => kept.has(key)));
  return { ...group, promoted };
}

/** A group's own record with one more field at its end. */
export function promote(group: NodeOf<"group">, node: string, field: string, label?: string): PromotedRecord {
  const promoted = group.promoted ?? {};
  const rank = Math.max(0, ...Object.values(promoted).map((each) => each.rank + 1));
  return { ...promoted, [promotedKey(node, field)]: { rank, ...(label === undefined ? {} : { label }) } };
}
export type PromotedRecord = NonNullable<NodeOf<"group">["promoted"]>;

export function demote(group: NodeOf<"group">, key: string): PromotedRecord {
  const { [key]: _, ...rest } = group.promoted ?? {};
  return rest;
}

/** The record with one entry a place up (-1) or down (1) in the order; ranks are counted anew. */
export function reorder(graph: Graph, group: NodeOf<"group">, key: string, by: -1 | 1): PromotedRecord {
  const keys = promotedIn(nodesById(graph.nodes), group).map((each) => each.key);
  const from = keys.indexOf(key), to = from + by;
  const promoted = { ...group.promoted };
  if (from < 0 || to < 0 || to >= keys.length) return promoted;
  [keys[from], keys[to]] = [keys[to]!, keys[from]!];
  keys.forEach((each, rank) => promoted[each] = { ...promoted[each]!, rank });
  return promoted;
}

/** The same promotions of copies that have other ids; those of nodes that were not copied are left out. */
export function promotedOfCopies(promoted: PromotedRecord, ids: ReadonlyMap<string, string>): PromotedRecord {
  return Object.fromEntries(
    Object.entries(promoted).flatMap(([key, entry]) => {
      const { node, field } = partsOf(key);
      const copy = ids.get(node);
      return copy ? [[promotedKey(copy, field), entry]] : [];
    }),
  );
}

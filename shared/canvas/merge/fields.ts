import { PARTED } from "../live/document.ts";
import { same } from "../live/same.ts";
import type { Clash, Desk } from "./clash.ts";

/** Three versions of one thing; undefined: not there. */
export interface Three<T> {
  base: T | undefined;
  mine: T | undefined;
  theirs: T | undefined;
}

/** What only one side changed, or both alike; null when each made something else of it. */
export function eitherOf<T>({ base, mine, theirs }: Three<T>): { value: T | undefined } | null {
  if (same(mine, theirs) || same(base, theirs)) return { value: mine };
  return same(base, mine) ? { value: theirs } : null;
}

type Fields = Record<string, unknown>;

/** Fields that only say where a node is. */
const PLACE: readonly string[] = ["position", "size"];

/** A node's fields one by one, and the parts of those that have parts. */
export function mergeFields(
  desk: Desk,
  about: { node_id: string; title: string },
  three: Three<Fields>,
  within?: string,
): Fields {
  const merged: Fields = {};
  const { base = {}, mine = {}, theirs = {} } = three;
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const each = { base: base[key], mine: mine[key], theirs: theirs[key] };
    const either = eitherOf(each);
    let value = either?.value;
    if (!either && within === undefined && PARTED.includes(key) && each.mine && each.theirs) {
      value = mergeFields(desk, about, each as Three<Fields>, key);
    } else if (!either) {
      const field = within === undefined ? key : `${within}.${key}`;
      value = each[desk.settle({ ...clashOf(about.node_id, field), ...about, ...each })];
    }
    if (value !== undefined) merged[key] = value;
  }
  return merged;
}

function clashOf(node: string, field: string): Pick<Clash, "id" | "kind" | "field"> {
  return { id: `field:${node}:${field}`, kind: PLACE.includes(field) ? "place" : "field", field };
}

export function byId<T extends { id: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((each) => [each.id, each]));
}

/** Of all three, in one order whichever is whose. */
export function idsOf(...lists: readonly (readonly { id: string }[])[]): string[] {
  return [...new Set(lists.flatMap((list) => list.map((each) => each.id)))].sort();
}

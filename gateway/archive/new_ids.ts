import { createHash } from "node:crypto";
import { fingerprint } from "../../shared/canvas/recipe.ts";
import type { Row } from "./format.ts";
import type { Surveyed } from "./read_records.ts";

/** Old ids and what they are to be: where a studio has the project already, a second one of it gets ids of its own. */
export interface Renaming {
  ids: Map<string, string>;
  /** Recipes name other takes by fingerprint: without this, each take of a copy would count as out of date. */
  prints: Map<string, string>;
}

export function newIds(projectId: string, { ids }: Surveyed): Renaming {
  const all = [...ids.job, ...ids.take, ...ids.export, ...ids.asset];
  const renaming: Renaming = {
    ids: new Map(all.map((id) => [id, otherId(projectId, id)])),
    prints: new Map(),
  };
  for (const id of ids.take) renaming.prints.set(fingerprint(id), fingerprint(renaming.ids.get(id)));
  return renaming;
}

/** The same moment in front, so that the order of making stays; the rest another. */
function otherId(projectId: string, id: string): string {
  const hash = createHash("sha256").update(`${projectId} ${id}`).digest("hex");
  const variant = "89ab"[Number.parseInt(hash[0]!, 16) % 4];
  return `${id.slice(0, 19)}${variant}${hash.slice(1, 4)}-${hash.slice(4, 16)}`;
}

/** The row under the new ids. */
export function renamed({ ids, prints }: Renaming, row: Row): Row {
  const copy: Record<string, unknown> = { ...row };
  for (const key of ["id", "job_id", "take_id"]) {
    if (typeof copy[key] === "string") copy[key] = ids.get(copy[key]) ?? copy[key];
  }
  for (const key of ["spec", "sidecar"]) {
    const part = copy[key];
    if (typeof part === "object" && part !== null && "made_from" in part && part.made_from) {
      const made_from = Object.entries(part.made_from).map((
        [of, print],
      ) => [of, prints.get(print as string) ?? print]);
      copy[key] = { ...part, made_from: Object.fromEntries(made_from) };
    }
  }
  return copy as Row;
}

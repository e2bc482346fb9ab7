import { MAIN } from "../../shared/project/branch.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { Tx } from "../db/mod.ts";
import { KEPT } from "../git/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import type { Studio } from "../studio.ts";
import type { Row } from "./format.ts";
import { insertRows } from "./rows.ts";

/** A branch that comes along: its row as it is to be here, and what Git calls it. */
export interface Coming {
  row: Row<"branch">;
  /** Its name or, since it was discarded, the ref that keeps it. */
  ref: string;
}

/**
 * What of an archive's branches its history has: Git and rows are read one after the other, and somebody may have discarded one in between,
 * or brought it back. Git decides. Archives of before have no rows; their branches get theirs as pushed ones do.
 */
export function comingBranches(rows: Row<"branch">[], refs: ReadonlyMap<string, string>): Coming[] {
  return rows.flatMap((row): Coming[] => {
    const { name } = row;
    if (name === MAIN) return [];
    if (refs.has(name)) {
      return [{ ref: name, row: { ...row, discarded_by: null, discarded_at: null, kept_ref: null } }];
    }
    const ref = row.kept_ref !== null && refs.has(row.kept_ref) ? row.kept_ref : keptRefOf(name, refs);
    if (ref === undefined) return [];
    const discarded_by = row.discarded_by ?? "Studio";
    return [{
      ref,
      row: { ...row, discarded_by, discarded_at: row.discarded_at ?? row.made_at, kept_ref: ref },
    }];
  });
}

function keptRefOf(name: string, refs: ReadonlyMap<string, string>): string | undefined {
  return [...refs.keys()].findLast((ref) =>
    ref.startsWith(`${KEPT}${name}-`) && /^\d+$/.test(ref.slice(KEPT.length + name.length + 1))
  );
}

/** Rows and canvases, each as its last commit says. */
export async function insertBranches(
  studio: Studio,
  tx: Tx,
  owner: Owner,
  coming: Coming[],
  manifests: ReadonlyMap<string, Manifest>,
): Promise<void> {
  await insertRows(tx, owner, "branch", coming.map(({ row }) => row));
  for (const { row, ref } of coming) {
    await studio.canvas.create(tx, { ...owner, branch: row.name }, manifests.get(ref)?.canvas);
  }
}

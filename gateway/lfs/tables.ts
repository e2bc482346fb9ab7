import type { Querier } from "../db/mod.ts";
import { lfsKey, libraryKey } from "../objects/mod.ts";
import type { Owner } from "./mod.ts";

/** Projects and libraries have tables of the same form: which ones an owner's objects and locks are in, and by which column. */
export function tablesOf(q: Querier, owner: Owner) {
  return owner.kind === "library"
    ? { objects: q`library_objects`, locks: q`library_locks`, owner: q`library_id` }
    : { objects: q`lfs_objects`, locks: q`lfs_locks`, owner: q`project_id` };
}

/** Where an owner's object lies in the store. */
export function keyOf(owner: Owner, oid: string): string {
  return owner.kind === "library" ? libraryKey(owner.tenant_id, oid) : lfsKey(owner.tenant_id, owner.id, oid);
}

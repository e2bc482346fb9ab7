import type { AddedRunner } from "../../shared/api/runners.ts";
import type { AddedRow } from "./store.ts";

export function viewAdded({ runner, version, digest, added_by, added_at }: AddedRow): AddedRunner {
  return { id: runner, version, digest, added_by, added_at: added_at.toISOString() };
}

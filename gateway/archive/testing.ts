import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { strToU8 } from "fflate";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";

export async function exported(
  test: TestStudio,
  project: ProjectRow,
  media = "all",
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await test.request(`/api/projects/${project.id}/archive?media=${media}`);
  assert.equal(answer.status, 200);
  return new Uint8Array(await answer.arrayBuffer());
}

export async function imported(
  test: TestStudio,
  zip: Uint8Array<ArrayBuffer>,
  headers = {},
): Promise<Response> {
  return await test.request("/api/projects/import?name=keeper.zip", { method: "POST", body: zip, headers });
}

/** The archive's description with the checksum of what was put in the place of a part: as whoever forges one would do. */
export function amend(
  files: Record<string, Uint8Array>,
  root: string,
  part: "bundle" | "records",
  bytes: Uint8Array,
): void {
  const path = `${root}/.studio/archive.json`;
  const record = JSON.parse(new TextDecoder().decode(files[path]));
  record[part] = { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  files[path] = strToU8(JSON.stringify(record));
}

import { createHash } from "node:crypto";
import { join } from "@std/path";
import { MAIN } from "../../shared/project/branch.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Tx } from "../db/mod.ts";
import { enqueue, type Prepared } from "../git/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { type Coming, comingBranches, insertBranches } from "./branches.ts";
import { bringObjects, removeObjects, type Wanted } from "./bring_objects.ts";
import { ArchiveRecord, BUNDLE, RECORD, type Row, ROWS } from "./format.ts";
import { type Files, filesOf, manifestsOf, nameAll, prepareHistory } from "./history.ts";
import { newIds, type Renaming } from "./new_ids.ts";
import { idsTaken, rowsOf, type Surveyed, surveyRecords } from "./read_records.ts";
import { insertRows } from "./rows.ts";
import type { Scratch } from "./scratch.ts";
import { type Packed, unfit, type Unzip } from "./unzip.ts";

export interface Imported {
  project: ProjectRow;
  /** Media that are named and not there: of an archive without media, or that its studio had lost. */
  missing: number;
}

/** How far it is: a sentence for the person, and how much of it when that is known. */
export type Told = (stage: string, done?: number, total?: number) => void;

/** Projects that are being brought in by this gateway, under the ids that they had. */
const coming = new Set<string>();

/** The folder of a studio's archive within a zip; null when it is another zip. */
export function archiveRoot(zip: Unzip): string | null {
  const records = [...zip.entries.keys()].filter((path) => path === RECORD || path.endsWith(`/${RECORD}`));
  if (records.length > 1) {
    throw unfit("The zip has more than one project's archive in it; import them one by one.");
  }
  return records[0]?.slice(0, -RECORD.length) ?? null;
}

/**
 * A project out of an archive, whole or not at all: history, takes with what they were made from, films, media. Where the studio has
 * the project already, the new one gets ids and a title of its own.
 *
 * Errors: ProblemError unprocessable, with what is wrong with the archive; nothing is left of it then.
 */
export async function importProject(
  studio: Studio,
  user: UserPrincipal,
  { zip, root, scratch }: { zip: Unzip; root: string; scratch: Scratch },
  tell: Told,
): Promise<Imported> {
  tell("Looking at the archive");
  const record = await readRecord(zip, root);
  const bundle = join(scratch.path, "history.bundle");
  const rows = join(scratch.path, "records.jsonl");
  await unpack(zip, root + BUNDLE, bundle, record.bundle);
  await unpack(zip, root + ROWS, rows, record.records);
  const surveyed = await surveyRecords(rows);
  await using history = await prepareHistory(studio, user.tenant_slug, bundle);
  const manifests = await manifestsOf(history);
  requireOne(record, manifests.get("main")!);

  const was = record.project.id;
  const isFree = !coming.has(was) && await studio.projects.byId(studio.db.sql, was) === null &&
    !await idsTaken(studio.db.sql, surveyed);
  const id = isFree ? was : uuidv7();
  const owner: Owner = { id, tenant_id: user.tenant_id };
  coming.add(id);
  try {
    const files = await filesOf(history);
    const { wanted, missing } = wantedOf(record, surveyed, files, root);
    const bytes = wanted.reduce((sum, { size, file }) => sum + (file === null ? 0 : size), 0);
    await studio.plans.requireRoom(studio.db.sql, user.tenant_id, bytes);
    const stage = `Storing ${wanted.length} media files, ${(bytes / 1e6).toFixed(1)} MB`;
    const there = await bringObjects(studio, owner, zip, wanted, (done) => tell(stage, done, wanted.length));
    const stored = new Set(there.map(({ oid }) => oid));
    tell("Writing takes and history");
    const project = await write(studio, user, {
      record,
      owner,
      history,
      manifests,
      files,
      there,
      absent: [...missing, ...wanted.filter(({ oid }) => !stored.has(oid))],
      rows,
      coming: comingBranches(surveyed.branches, history.branches),
      renaming: isFree ? null : newIds(id, surveyed),
    });
    return { project, missing: missing.length + wanted.length - there.length };
  } catch (error) {
    if (await studio.projects.byId(studio.db.sql, id).catch(() => undefined) === null) {
      await removeObjects(studio, owner).catch((cause) =>
        studio.log.warn("What an import stored could not be taken away; housekeeping will", {
          project: id,
          error: cause,
        })
      );
    }
    throw asUnfit(error);
  } finally {
    coming.delete(id);
  }
}

async function readRecord(zip: Unzip, root: string): Promise<ArchiveRecord> {
  const entry = zip.entries.get(root + RECORD)!;
  if (entry.size > 1024 ** 2) throw unfit("The archive's own description is larger than it can be.");
  const text = await new Response(zip.open(entry)).text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof json === "object" && json !== null && "schema" in json && json.schema !== 1) {
    throw unfit("The archive was made by a newer studio; update this one, then import it.");
  }
  const parsed = ArchiveRecord.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw unfit(
    `The archive's description cannot be read: ${path.map(String).join(".") || "the whole"}: ${message}.`,
  );
}

/** To disk, with its checksum. */
async function unpack(
  zip: Unzip,
  path: string,
  to: string,
  part: { size: number; sha256: string },
): Promise<void> {
  const entry: Packed | undefined = zip.entries.get(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!entry) throw unfit(`The archive is not whole: ${name} is missing. Export the project again.`);
  const hash = createHash("sha256");
  using file = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  for await (const chunk of zip.open(entry)) {
    hash.update(chunk);
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
  if (hash.digest("hex") !== part.sha256) {
    throw unfit(
      `${name} in the archive is not the one that was exported: its SHA-256 is another. Export the project again.`,
    );
  }
}

function requireOne(record: ArchiveRecord, manifest: Manifest): void {
  if (manifest.uuid !== record.project.id) {
    throw unfit("The archive's history is of another project than its records; export the project again.");
  }
  for (const key of ["fps", "width", "height"] as const) {
    if (manifest[key] !== record.project[key]) {
      throw unfit(
        `The archive's project.json has another ${key} than its records; export the project again.`,
      );
    }
  }
}

/** Objects that the archive knows, and such as something in it names and nobody had. */
function wantedOf(
  record: ArchiveRecord,
  surveyed: Surveyed,
  { pointers }: Files,
  root: string,
): { wanted: Wanted[]; missing: Pointer[] } {
  const wanted = [...surveyed.objects].map(([oid, { size, file }]) => ({
    oid,
    size,
    file: file === null ? null : root + file,
  }));
  const missing = new Map<string, Pointer>();
  for (const [oid, size] of surveyed.needed) {
    if (size !== null && !surveyed.objects.has(oid)) missing.set(oid, { oid, size });
  }
  for (const pointer of pointers.values()) {
    if (!surveyed.objects.has(pointer.oid)) missing.set(pointer.oid, pointer);
  }
  if (record.media === "all" && wanted.some(({ file }) => file === null)) {
    throw unfit("The archive says that it has all media, and lists some without; export the project again.");
  }
  return { wanted, missing: [...missing.values()] };
}

interface Writing {
  record: ArchiveRecord;
  owner: Owner;
  history: Prepared;
  manifests: Map<string, Manifest>;
  files: Files;
  there: Pointer[];
  absent: Pointer[];
  rows: string;
  coming: Coming[];
  renaming: Renaming | null;
}

/** Everything in one transaction; the repository gets its name within it, and is marked until that has ended. */
async function write(studio: Studio, user: UserPrincipal, what: Writing): Promise<ProjectRow> {
  const { record, owner, history, manifests, coming } = what;
  const insert = studio.db.sql.begin(async (tx) => {
    const row = await studio.projects.adopt(tx, user, { ...record.project, id: owner.id });
    await tx`
      insert into canvases (project_id, tenant_id, graph)
      values (${owner.id}, ${owner.tenant_id}, ${tx.json(manifests.get("main")!.canvas as never)})`;
    await insertBranches(studio, tx, owner, coming, manifests);
    await insertObjects(tx, owner, what.there, "ready");
    await insertObjects(tx, owner, what.absent, "pending");
    await insertAll(studio, tx, user, what);
    await requireStored(studio, owner, what.there);
    await nameAll(history, manifests, row);
    await history.place(studio.git.path(row), owner.id);
    return row;
  }) as Promise<ProjectRow>;
  const project = await insert.catch(async (error) => {
    // The line may have broken after the database had it all.
    const there = await studio.projects.byId(studio.db.sql, owner.id).catch(() => history.leave());
    if (!there) throw error;
    return there;
  });
  await history.settle();
  // Branches of which the archive says nothing have their canvases from here on.
  await studio.branches.list(project, { discarded: false });
  studio.git.wake(project.id);
  studio.log.info("A project was imported", { project: project.id, slug: project.slug });
  return project;
}

/** The rows; and for Git what its history does not have: what was decided and not committed, and project.json as it is here. */
async function insertAll(
  studio: Studio,
  tx: Tx,
  user: UserPrincipal,
  { owner, rows, renaming, files, coming, history: { branches } }: Writing,
): Promise<void> {
  const row = { tenant_id: owner.tenant_id, project_id: owner.id, author: user.name };
  // What was made for a branch that did not come along is main's, and what was chosen there is nobody's.
  const known = new Set([...branches.keys(), ...coming.map((each) => each.row.name)]);
  const came = ({ branch = MAIN }: { branch?: string }) => known.has(branch);
  for await (const { kind, rows: all } of rowsOf(rows, renaming)) {
    const some = kind === "active_take"
      ? (all as Row<"active_take">[]).filter(came)
      : all.map((each) => came(each as Row<"take">) ? each : { ...each, branch: MAIN });
    if (kind !== "take" && kind !== "export" && kind !== "asset") {
      await insertRows(tx, owner, kind, some as never);
      continue;
    }
    const kept = (some as Row<"take" | "export" | "asset">[]).map((each) => ({
      ...each,
      committed_at: files.paths.has(each.path) ? each.committed_at ?? each.created_at : null,
    }));
    await insertRows(tx, owner, kind, kept as never);
    for (const each of kept) {
      const branch = "branch" in each ? each.branch ?? MAIN : MAIN;
      if (each.committed_at === null) await enqueue(tx, { ...row, branch, kind, subject: each.id });
    }
  }
  for (
    const { name, ref } of [
      { name: MAIN, ref: MAIN },
      ...coming.map(({ row, ref }) => ({ name: row.name, ref })),
    ]
  ) {
    await studio.takes.bring(tx, { id: owner.id, branch: name }, files.takes.get(ref) ?? []);
  }
  await enqueue(tx, { ...row, kind: "manifest", subject: null });
}

async function insertObjects(
  tx: Tx,
  owner: Owner,
  pointers: Pointer[],
  state: "ready" | "pending",
): Promise<void> {
  for (let at = 0; at < pointers.length; at += 5000) {
    const some = pointers.slice(at, at + 5000);
    await tx`
      insert into lfs_objects (project_id, tenant_id, oid, size, state)
      select ${owner.id}, ${owner.tenant_id}, oid, size, ${state}
      from unnest(${some.map((each) => each.oid)}::text[], ${
      some.map((each) => each.size)
    }::bigint[]) as o (oid, size)
      on conflict do nothing`;
  }
}

/** Before it is promised: all of it is in the store. */
async function requireStored({ objects }: Studio, owner: Owner, there: Pointer[]): Promise<void> {
  const stored = new Set<string>();
  for await (const { key } of objects.list(`tenants/${owner.tenant_id}/projects/${owner.id}/`)) {
    stored.add(key.slice(key.lastIndexOf("/") + 1));
  }
  const lost = there.filter(({ oid }) => !stored.has(oid)).length;
  if (lost) {
    throw new ProblemError(
      "unavailable",
      `${lost} media files of the archive were not kept by the store; import it again.`,
    );
  }
}

/** Rows that do not fit together are the archive's fault: SQLSTATE classes 22 (data) and 23 (constraints). */
function asUnfit(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string" || !/^2[23]/.test(code)) return error;
  return unfit("The archive's records do not fit together; export the project again.", error);
}

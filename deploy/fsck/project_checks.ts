import { parsePointer } from "../../shared/lfs/pointer.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { writeManifest } from "../../shared/project/manifest.ts";
import { blobTexts, listTree, type TreeFile, tryGit } from "../../gateway/git/mod.ts";
import { lfsKey } from "../../gateway/objects/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import { readManifest } from "../../gateway/pushes/mod.ts";
import type { Studio } from "../../gateway/studio.ts";
import { type Finding, listed } from "./finding.ts";

/** The rooms that are looked at; none of them does anything by itself. */
export type Looked = Pick<Studio, "db" | "objects" | "canvas" | "projects" | "takes">;

/** A project under the eye: its tree and pointers are read once. */
export interface Subject {
  studio: Looked;
  project: ProjectRow;
  gitDir: string;
  files: Map<string, TreeFile>;
  /** By path: the object it points to. */
  pointers: Map<string, { oid: string; size: number }>;
}

type Fault = Omit<Finding, "about">;

/** Longest pointer file, bytes. */
const LONGEST_POINTER = 1024;
/** Minutes after which work that is not done has been left behind. */
const LEFT_MIN = 10;
const RESTORE = "Restore the repository from a backup made after that, or push it from a clone that has it.";

export async function checkProject(studio: Looked, project: ProjectRow, gitDir: string): Promise<Finding[]> {
  const about = `${project.tenant_slug}/${project.slug}`;
  const broken = await repositoryFaults(studio, project, gitDir);
  const faults = broken.length ? broken : await contentFaults(await readSubject(studio, project, gitDir));
  return faults.map((fault) => ({ about, ...fault }));
}

/** Whether there is anything to look at. */
async function repositoryFaults(studio: Looked, project: ProjectRow, gitDir: string): Promise<Fault[]> {
  if (!await Deno.stat(gitDir).catch(() => null)) {
    const [had] = await studio.db.sql`
      select 1 from outbox where project_id = ${project.id} and done_at is not null limit 1`;
    return [{
      level: "wrong",
      sentence: `There is no repository at ${gitDir}.`,
      advice: had
        ? "Mount the volume of the repositories, or restore it from a backup."
        : "Start the gateway: it makes the repository of a project that has no history yet.",
    }];
  }
  const checked = await tryGit(["fsck", "--no-dangling", "--no-progress"], { gitDir, timeoutMs: 3_600_000 });
  if (checked.code !== 0) {
    const said = (checked.stderr + new TextDecoder().decode(checked.stdout)).trim().split("\n");
    return [{ level: "wrong", sentence: `git fsck: ${said.slice(0, 3).join("; ")}`, advice: RESTORE }];
  }
  const main = await tryGit(["rev-parse", "--verify", "--quiet", "refs/heads/main"], { gitDir });
  return main.code === 0 ? [] : [{ level: "wrong", sentence: "There is no branch main.", advice: RESTORE }];
}

async function readSubject(studio: Looked, project: ProjectRow, gitDir: string): Promise<Subject> {
  const tree = await listTree(gitDir, "refs/heads/main");
  const small = tree.filter((file) => file.size <= LONGEST_POINTER);
  const texts = await blobTexts(gitDir, [...new Set(small.map((file) => file.blob))]);
  const pointers = small.flatMap((file) => {
    const pointer = parsePointer(texts.get(file.blob) ?? "");
    return pointer ? [[file.path, pointer] as const] : [];
  });
  return {
    studio,
    project,
    gitDir,
    files: new Map(tree.map((file) => [file.path, file])),
    pointers: new Map(pointers),
  };
}

async function contentFaults(subject: Subject): Promise<Fault[]> {
  const checks = [branchFaults, manifestFaults, takeFaults, pointerFaults, objectFaults, workFaults];
  const faults: Fault[] = [];
  for (const check of checks) faults.push(...await check(subject));
  return faults;
}

/** Every branch has its ref: its own in use, the one that keeps it since it was discarded. */
async function branchFaults({ studio, project, gitDir }: Subject): Promise<Fault[]> {
  const rows = await studio.db.sql<{ name: string; ref: string; doing: string | null }[]>`
    select name, doing, case when discarded_at is null then 'refs/heads/' || name else kept_ref end as ref
    from branches where project_id = ${project.id} order by name`;
  const faults: Fault[] = [];
  for (const { name, ref, doing } of rows) {
    if (doing) {
      const sentence = `What was begun with the branch ${name} has not ended.`;
      faults.push({ level: "note", sentence, advice: "Start the gateway, which ends it." });
    } else if ((await tryGit(["rev-parse", "--verify", "--quiet", ref], { gitDir })).code !== 0) {
      faults.push({
        level: "wrong",
        sentence: `The branch ${name} has no commits: ${ref} is gone.`,
        advice: RESTORE,
      });
    }
  }
  return faults;
}

async function manifestFaults({ studio, project, gitDir }: Subject): Promise<Fault[]> {
  const read = await readManifest(gitDir, "refs/heads/main", { project });
  const again = "Change anything on the canvas: the gateway writes project.json anew from it.";
  if ("fault" in read) return [{ level: "wrong", sentence: read.fault, advice: again }];
  const [open] = await studio.db.sql`
    select 1 from outbox where project_id = ${project.id} and done_at is null limit 1`;
  // What is on its way is no difference yet.
  if (open) return [];
  const wanted = writeManifest(await studio.canvas.manifest(studio.db.sql, project));
  if (wanted === writeManifest(read.manifest)) return [];
  return [{ level: "note", sentence: "project.json is not what the canvas is.", advice: again }];
}

async function takeFaults({ studio, project, pointers }: Subject): Promise<Fault[]> {
  const rows = await studio.db.sql<
    { name: string; branch: string; path: string; oid: string; committed: boolean; open: boolean }[]
  >`
    select name, branch, path, oid, committed_at is not null as committed,
      exists (select 1 from outbox o where o.project_id = takes.project_id and o.subject = takes.id
        and o.done_at is null) as open
    from takes where project_id = ${project.id} order by id`;
  // Those of other branches are among main's files once they are merged.
  const lost = rows.filter((row) =>
    row.branch === MAIN && row.committed && pointers.get(row.path)?.oid !== row.oid
  );
  const stuck = rows.filter((row) => !row.committed && !row.open);
  const faults: Fault[] = [];
  if (lost.length) {
    faults.push({
      level: "wrong",
      sentence: `${lost.length} committed takes are not in main as they were made: ${listed(names(lost))}.`,
      advice:
        "Look for them in history (git log --all -- 03_Renders), and restore the files by a push or a backup.",
    });
  }
  if (stuck.length) {
    faults.push({
      level: "wrong",
      sentence: `${stuck.length} takes wait for a commit that nobody will make: ${listed(names(stuck))}.`,
      advice:
        "Restore the database from a newer backup, or generate them again; their media is in the store.",
    });
  }
  return faults;
}

const names = (rows: { name: string }[]) => rows.map((row) => row.name);

async function pointerFaults({ studio, project, pointers }: Subject): Promise<Fault[]> {
  const rows = await studio.db.sql<{ oid: string; size: number }[]>`
    select oid, size from lfs_objects where project_id = ${project.id} and state = 'ready'`;
  const ready = new Map(rows.map((row) => [row.oid, row.size]));
  const bad = [...pointers].filter(([, pointer]) => ready.get(pointer.oid) !== pointer.size).map(([path]) =>
    path
  );
  if (bad.length === 0) return [];
  return [{
    level: "wrong",
    sentence: `${bad.length} files of main point to media that the studio does not know: ${listed(bad)}.`,
    advice: "From a clone that has the media, run `git lfs push --all origin`.",
  }];
}

/** Each object that is said to be there, against the store. */
async function objectFaults({ studio, project }: Subject): Promise<Fault[]> {
  const prefix = lfsKey(project.tenant_id, project.id, "").replace(/\/+$/, "") + "/";
  const stored = new Map<string, number>();
  for await (const { key, size } of studio.objects.list(prefix)) {
    stored.set(key.slice(key.lastIndexOf("/") + 1), size);
  }
  const rows = await studio.db.sql<{ oid: string; size: number; state: string }[]>`
    select oid, size, state from lfs_objects where project_id = ${project.id} order by oid`;
  const ready = rows.filter((row) => row.state === "ready");
  const gone = ready.filter((row) => !stored.has(row.oid)).map((row) => row.oid.slice(0, 12));
  const short = ready.filter((row) => stored.has(row.oid) && stored.get(row.oid) !== row.size)
    .map((row) => row.oid.slice(0, 12));
  const known = new Set(rows.map((row) => row.oid));
  const strange = [...stored.keys()].filter((oid) => !known.has(oid)).map((oid) => oid.slice(0, 12));
  const faults: Fault[] = [];
  const again =
    "Restore the store from a backup, or run `git lfs push --all origin` from a clone that has the media.";
  if (gone.length) {
    faults.push({
      level: "wrong",
      sentence: `${gone.length} objects are gone from the store: ${listed(gone)}.`,
      advice: again,
    });
  }
  if (short.length) {
    faults.push({
      level: "wrong",
      sentence: `${short.length} objects have another size in the store than was verified: ${listed(short)}.`,
      advice: again,
    });
  }
  if (strange.length) {
    faults.push({
      level: "note",
      sentence: `${strange.length} objects in the store are known to no project: ${listed(strange)}.`,
      advice: "Nothing refers to them. Keep them unless the database is sure to be the newer one.",
    });
  }
  return faults;
}

/** What was decided and is not done yet, long after it should be. */
async function workFaults({ studio, project }: Subject): Promise<Fault[]> {
  const { sql } = studio.db;
  const [work] = await sql<{ outbox: number; pushes: number }[]>`
    select
      (select count(*) from outbox where project_id = ${project.id} and done_at is null
        and created_at < now() - make_interval(mins => ${LEFT_MIN}))::int as outbox,
      (select count(*) from pushes where project_id = ${project.id} and absorbed_at is null
        and checked_at < now() - make_interval(mins => ${LEFT_MIN}))::int as pushes`;
  const faults: Fault[] = [];
  const start = "Start the gateway, which does it. If it runs, its log says why it cannot.";
  if (work!.outbox) {
    faults.push({ level: "note", sentence: `${work!.outbox} changes wait to be committed.`, advice: start });
  }
  if (work!.pushes) {
    faults.push({
      level: "note",
      sentence: `${work!.pushes} pushes are not on the canvas yet.`,
      advice: start,
    });
  }
  return faults;
}

import type { HistoryDetail } from "../../shared/api/history.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { readManifest } from "../pushes/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import { changesBetween, choicesBetween } from "./compare.ts";
import { filesOf, findCommit } from "./commits.ts";

/** A commit in words. ProblemError not_found when the project has none of that name. */
export async function readDetail(studio: Studio, project: ProjectRow, id: string): Promise<HistoryDetail> {
  const gitDir = studio.git.path(project);
  const commit = await findCommit(gitDir, id);
  const after = await readManifest(gitDir, id);
  const before = commit.parent ? await readManifest(gitDir, commit.parent) : nothingBefore(after);
  const files = await filesOf(gitDir, commit);
  const about = { ...commit.entry, parent: commit.parent, ...files };
  const nodes = "manifest" in after
    ? after.manifest.canvas.nodes.map(({ id, title }) => ({ id, title }))
    : [];
  if ("fault" in before || "fault" in after) {
    const fault = "fault" in after ? after.fault : `Before it: ${(before as { fault: string }).fault}`;
    return { ...about, changes: [], takes: [], nodes, fault };
  }
  return {
    ...about,
    changes: changesBetween(before.manifest, after.manifest),
    takes: await takesBetween(studio, project, before.manifest, after.manifest),
    nodes,
    fault: null,
  };
}

/** The first commit: all that it has is new. */
function nothingBefore(after: { manifest: Manifest } | { fault: string }) {
  if ("fault" in after) return after;
  return { manifest: { ...after.manifest, canvas: { nodes: [], edges: [] }, shots: {} } };
}

/** Shots whose chosen take differs, with the takes. */
export async function takesBetween(
  studio: Studio,
  project: ProjectRow,
  before: Manifest,
  after: Manifest,
): Promise<HistoryDetail["takes"]> {
  const choices = choicesBetween(before, after);
  const names = choices.flatMap((choice) => [choice.before, choice.after]).filter((name) => name !== null);
  const rows = names.length
    ? await studio.db.sql<TakeRow[]>`
      select * from takes where project_id = ${project.id} and name = any(${names}::text[])`
    : [];
  const takes = new Map((await studio.takes.view(rows)).map((take) => [take.name, take]));
  const view = (name: string | null) => name === null ? null : { name, take: takes.get(name) ?? null };
  return choices.map((choice) => ({ ...choice, before: view(choice.before), after: view(choice.after) }));
}

import { isDeepStrictEqual } from "node:util";
import { mergeGraphs } from "../../shared/canvas/merge/merge.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { MAIN } from "../../shared/project/branch.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import { enqueue, git } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { fileNews } from "./file_news.ts";
import { type Left, leftOf } from "./left.ts";
import { readManifest } from "./read_manifest.ts";
import { tell } from "./notices.ts";
import { NO_COMMIT } from "./refs.ts";
import type { PushRow } from "./store.ts";

/** Sentences of one push that each become a notice; more would bury the others. */
const MOST_LEFT = 20;

/**
 * What came to a branch by a push or a merge reaches whoever has it open: canvas, description of the project, chosen takes, new files.
 * `project` as that branch has it.
 */
export async function absorbPush(studio: Studio, project: ProjectRow, push: PushRow): Promise<void> {
  const gitDir = studio.git.path(project);
  const to = project.branch === MAIN ? "" : ` to ${project.branch}`;
  const about = `${push.author}'s ${push.kind} ${push.after_sha.slice(0, 7)}${to}`;
  // The branch began with it: its canvas was made from that.
  if (push.before_sha === NO_COMMIT) {
    return await tell(studio, project, "info", `${about} began that branch.`);
  }
  const [before, after] = await Promise.all([
    readManifest(gitDir, push.before_sha),
    readManifest(gitDir, push.after_sha),
  ]);
  await studio.takes.bring(studio.db.sql, project, await takesThatCame(gitDir, push));
  // A push without project.json's history (a branch that was there before the checks) changes no canvas.
  if ("manifest" in before && "manifest" in after) {
    const left = [
      ...await absorbCanvas(studio, project, push, before.manifest, after.manifest),
      ...await absorbChoices(studio, project, push, before.manifest, after.manifest),
    ];
    await absorbProject(studio, project, push, before.manifest, after.manifest);
    // What was left, and what hands wrote in another order, becomes project.json again; no commit when it is the same.
    if (!isDeepStrictEqual(before.manifest, after.manifest)) {
      const { tenant_id, id: project_id, branch } = project;
      await enqueue(studio.db.sql, {
        tenant_id,
        project_id,
        branch,
        kind: "manifest",
        subject: null,
        author: "Studio",
      });
    }
    for (const { sentence, node_id } of left.slice(0, MOST_LEFT)) {
      await tell(studio, project, "attention", `${about}: ${sentence}`, node_id);
    }
  }
  for (const sentence of await fileNews(gitDir, push.before_sha, push.after_sha)) {
    await tell(studio, project, "info", `${about}: ${sentence}`);
  }
}

/** Files that a branch has now and had not, where takes lie. */
async function takesThatCame(gitDir: string, push: PushRow): Promise<string[]> {
  const range = [push.before_sha, push.after_sha];
  const said = await git(
    ["diff", "--name-only", "--diff-filter=A", "--no-renames", "-z", ...range, "--", "03_Renders/"],
    { gitDir },
  );
  return said.split("\0").filter(Boolean);
}

/** Made again on top of whatever somebody changed in between. */
async function absorbCanvas(
  studio: Studio,
  project: ProjectRow,
  push: PushRow,
  before: Manifest,
  after: Manifest,
): Promise<Left[]> {
  for (;;) {
    const { graph, version } = await studio.canvas.read(studio.db.sql, project.id, project.branch);
    // Somebody may be typing there, and the push is in history anyway: where both changed the same, the canvas keeps its own.
    const merged = mergeGraphs(before.canvas, graph, after.canvas);
    try {
      await studio.canvas.put(project, merged.graph, { version, by: push.author });
      return leftOf(merged.clashes);
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === "conflict")) throw error;
    }
  }
}

/** Title, description and quality follow the push; what it did not touch stays. */
async function absorbProject(
  studio: Studio,
  project: ProjectRow,
  push: PushRow,
  before: Manifest,
  after: Manifest,
): Promise<void> {
  const keys = (["title", "description", "quality"] as const).filter((key) =>
    before[key] !== after[key] && project[key] !== after[key]
  );
  if (keys.length === 0) return;
  await studio.projects.update(
    project,
    Object.fromEntries(keys.map((key) => [key, after[key]])),
    push.author,
  );
}

/** Another active take by hand: taken when there is such a take of that node. */
async function absorbChoices(
  studio: Studio,
  project: ProjectRow,
  push: PushRow,
  before: Manifest,
  after: Manifest,
): Promise<Left[]> {
  const left: Left[] = [];
  for (const [shot, { node, active }] of Object.entries(after.shots)) {
    if (active === undefined || before.shots[shot]?.active === active) continue;
    const [take] = await studio.db.sql<{ id: string }[]>`
      select id from takes where project_id = ${project.id} and node_id = ${node} and name = ${active}`;
    if (take) await studio.takes.activate(project, take.id, push.author);
    else left.push({ sentence: `${shot} has no take ${active}; its choice stays.`, node_id: node });
  }
  return left;
}

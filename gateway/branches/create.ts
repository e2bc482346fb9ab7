import type { z } from "zod";
import type { CreateBranch } from "../../shared/api/branches.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { branchNameFault, branchNameOf, inTheWay, MAIN } from "../../shared/project/branch.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Tx } from "../db/mod.ts";
import { findCommit } from "../history/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { readManifest } from "../pushes/mod.ts";
import type { Studio } from "../studio.ts";
import type { BranchRow, Settings } from "./mod.ts";
import { takePaths } from "./refs.ts";
import * as store from "./store.ts";

/**
 * A branch with what its first commit has: canvas, chosen takes, settings. Its row says `make` until its ref is there. ProblemError
 * conflict when the name is taken, unprocessable when that version cannot be read.
 */
export async function createBranch(
  studio: Studio,
  project: ProjectRow,
  body: z.infer<typeof CreateBranch>,
  user: UserPrincipal,
): Promise<BranchRow> {
  const begun_sha = await beginning(studio, project, body);
  const content = await contentOf(studio, project, begun_sha);
  for (let nth = 1;; nth++) {
    const name = body.name ?? nameFor(body.title, nth);
    const fault = await nameFault(studio, project, name);
    if (fault !== null && body.name === undefined && nth < 100) continue;
    if (fault !== null) throw new ProblemError("conflict", fault);
    const about = { name, title: body.title, begun_sha, made_by: user.name, doing: "make" } as const;
    if (await insert(studio, project, about, content)) {
      return (await store.branchByName(studio.db.sql, project.id, name))!;
    }
  }
}

/** A branch whose ref is there and whose row is not: it was pushed. One that has no readable project.json begins empty. */
export async function adoptBranch(
  studio: Studio,
  project: ProjectRow,
  name: string,
  { at, by }: { at: string; by: string },
): Promise<void> {
  if (branchNameFault(name)) return;
  const content = await contentOf(studio, project, at).catch((error) => {
    if (error instanceof ProblemError) return null;
    throw error;
  });
  const about = { name, title: name.slice(0, 60), begun_sha: at, made_by: by, doing: null };
  await insert(studio, project, about, content);
}

function nameFor(title: string, nth: number): string {
  const name = branchNameOf(title);
  return nth === 1 ? name : `${name}-${nth}`;
}

async function nameFault(studio: Studio, project: ProjectRow, name: string): Promise<string | null> {
  const rows = await store.branchesOf(studio.db.sql, project.id);
  const twin = rows.find((row) => row.name.toLowerCase() === name.toLowerCase());
  if (twin?.discarded_at) {
    return `There was a branch "${twin.name}", which was discarded. Bring it back, or choose another name.`;
  }
  if (twin || name.toLowerCase() === MAIN) return `There is a branch "${name}" already; choose another name.`;
  const other = [MAIN, ...rows.map((row) => row.name)].find((each) => inTheWay(each, name));
  return other === undefined
    ? null
    : `"${name}" cannot be beside the branch "${other}"; choose a name that does not begin like it.`;
}

async function beginning(
  studio: Studio,
  project: ProjectRow,
  { commit, from }: z.infer<typeof CreateBranch>,
): Promise<string> {
  if (commit !== undefined) {
    await findCommit(studio.git.path(project), commit);
    return commit;
  }
  const there = await studio.branches.at(project, from);
  // What is on its canvas now belongs to it.
  await studio.git.settle(project.id, [there.branch]);
  const head = await studio.git.head(there);
  if (!head) throw new ProblemError("unavailable", "The project's repository is not there yet; try again.");
  return head;
}

interface Content {
  manifest: Manifest;
  takes: string[];
}

async function contentOf(studio: Studio, project: ProjectRow, commit: string): Promise<Content> {
  const gitDir = studio.git.path(project);
  const read = await readManifest(gitDir, commit);
  if ("fault" in read) {
    throw new ProblemError("unprocessable", `No branch can begin with this version: ${read.fault}`);
  }
  return { manifest: read.manifest, takes: await takePaths(gitDir, commit) };
}

/** All of a branch but its ref; false when there is one of that name. */
async function insert(
  studio: Studio,
  project: ProjectRow,
  about: Pick<BranchRow, "name" | "title" | "begun_sha" | "made_by" | "doing">,
  content: Content | null,
): Promise<boolean> {
  return await studio.db.sql.begin(async (tx: Tx) => {
    const settings = content ? settingsOf(project, content.manifest) : {};
    if (!await store.insertBranch(tx, project, { ...about, settings })) return false;
    const branch = { ...project, branch: about.name };
    await studio.canvas.create(tx, branch, content?.manifest.canvas);
    if (!content) return true;
    await studio.takes.bring(tx, branch, content.takes);
    const choices = Object.values(content.manifest.shots).flatMap(({ node, active }) =>
      active === undefined ? [] : [{ node, name: active }]
    );
    await studio.takes.chooseAsIn(tx, branch, choices);
    return true;
  }) as boolean;
}

/** What that version says otherwise than the project does now; the rest goes with the project. */
function settingsOf(project: ProjectRow, manifest: Manifest): Settings {
  const keys = (["title", "description", "quality"] as const).filter((key) => manifest[key] !== project[key]);
  return Object.fromEntries(keys.map((key) => [key, manifest[key]]));
}

import type { z } from "zod";
import type { MergePlan, MergeRequest } from "../../shared/api/branches.ts";
import { type Choose, type Clash, openDesk, type Settled } from "../../shared/canvas/merge/clash.ts";
import { graphFaults } from "../../shared/canvas/operations.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { Manifest, writeManifest } from "../../shared/project/manifest.ts";
import { mergeManifests } from "../../shared/project/merge.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { importCommit, swapRef, tryGit } from "../git/mod.ts";
import { changesBetween, takesBetween } from "../history/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { readLocks, readManifest, tell } from "../pushes/mod.ts";
import type { Studio } from "../studio.ts";
import { conflictOf, type Titles } from "./conflict_words.ts";
import { type FileChange, mergeFiles } from "./merge_files.ts";
import * as store from "./store.ts";

type Request = z.infer<typeof MergeRequest>;
type Plan = z.infer<typeof MergePlan>;

/** Files that a plan names. */
const MOST_FILES = 200;

/** Two branches, both as Git has them now, and where they parted. */
interface Meeting {
  mine: ProjectRow;
  theirs: ProjectRow;
  titles: Titles;
  commits: { base: string; mine: string; theirs: string };
}

/** What comes of it. */
interface Outcome {
  before: Manifest;
  after: Manifest;
  graphs: Manifest["canvas"][];
  files: FileChange[];
  clashes: Settled[];
}

/**
 * One branch into another, by meaning. The merge is a commit with two parents, made without a working tree and swapped in; it comes onto
 * the canvas as a push does, so that whichever moment a gateway dies in, repository and database say the same in the end.
 */
export async function mergeBranch(
  studio: Studio,
  project: ProjectRow,
  from: string,
  request: Request,
  user: UserPrincipal,
): Promise<Plan> {
  if (from === request.into) {
    throw new ProblemError("unprocessable", "A branch cannot be merged into itself.");
  }
  const mine = await studio.branches.at(project, request.into);
  const theirs = await studio.branches.at(project, from);
  // What is on their canvases now belongs to it.
  await studio.git.settle(project.id, [mine.branch, theirs.branch]);
  const meeting = await meet(studio, mine, theirs, request);
  if (meeting.commits.base === meeting.commits.theirs) return nothing(meeting);
  const outcome = await workOut(studio, meeting, chooser(request));
  const plan = await planOf(studio, meeting, outcome);
  if (!request.apply) return plan;
  const open = plan.conflicts.filter((conflict) => conflict.choice === null);
  if (open.length) {
    throw new ProblemError(
      "conflict",
      `${open.length} ${open.length === 1 ? "conflict waits" : "conflicts wait"} for a choice: ${
        open[0]!.sentence
      }`,
      {
        errors: open.slice(0, 100).map(({ id, sentence }) => ({ path: `choices.${id}`, message: sentence })),
      },
    );
  }
  await refuseLocked(studio, meeting, outcome.files, user);
  const commit = await land(studio, meeting, outcome, user);
  await studio.git.settle(project.id, [mine.branch]);
  await writeAudit(studio.db.sql, {
    tenantId: project.tenant_id,
    who: user,
    what: "branch_merged",
    subject: { id: project.id, name: meeting.titles.theirs },
    detail: { project: project.title, into: meeting.titles.mine },
  });
  await tell(
    studio,
    mine,
    "info",
    `${user.name} merged ${meeting.titles.theirs} into ${meeting.titles.mine}.`,
  );
  return { ...plan, state: "merged", commit };
}

async function meet(
  studio: Studio,
  mine: ProjectRow,
  theirs: ProjectRow,
  request: Request,
): Promise<Meeting> {
  const gitDir = studio.git.path(mine);
  const [here, there] = [await studio.git.head(mine), await studio.git.head(theirs)];
  if (!here || !there) {
    throw new ProblemError("unavailable", "The project's repository is not there yet; try again.");
  }
  const titles = { mine: await titleOf(studio, mine), theirs: await titleOf(studio, theirs) };
  const asked = [[request.into_commit, here, titles.mine], [
    request.from_commit,
    there,
    titles.theirs,
  ]] as const;
  for (const [commit, now, title] of asked) {
    if (commit === undefined || commit === now) continue;
    throw new ProblemError("conflict", `${title} has changed since you looked. Look again, then merge.`);
  }
  const found = await tryGit(["merge-base", here, there], { gitDir });
  const base = new TextDecoder().decode(found.stdout).trim();
  if (found.code !== 0 || base === "") {
    throw new ProblemError(
      "unprocessable",
      "These branches have no version in common, so they cannot be merged.",
    );
  }
  return { mine, theirs, titles, commits: { base, mine: here, theirs: there } };
}

async function titleOf(studio: Studio, { id, branch }: ProjectRow): Promise<string> {
  if (branch === MAIN) return "Main";
  return (await store.branchByName(studio.db.sql, id, branch))?.title ?? branch;
}

function chooser({ choices, all }: Request): Choose {
  return ({ id }: Clash) => (Object.hasOwn(choices, id) ? choices[id]! : all ?? null);
}

async function workOut(studio: Studio, { mine, titles, commits }: Meeting, choose: Choose): Promise<Outcome> {
  const gitDir = studio.git.path(mine);
  const read = async (commit: string, whose: string): Promise<Manifest> => {
    const found = await readManifest(gitDir, commit);
    if ("manifest" in found) return found.manifest;
    throw new ProblemError("unprocessable", `${whose} cannot be merged: ${found.fault}`);
  };
  const base = await read(commits.base, "The version where they parted");
  const here = await read(commits.mine, titles.mine);
  const there = await read(commits.theirs, titles.theirs);
  const { manifest, clashes } = mergeManifests(base, here, there, choose);
  const desk = openDesk(choose);
  const files = await mergeFiles(gitDir, desk, commits);
  const parsed = Manifest.safeParse(manifest);
  const fault = parsed.success ? graphFaults(manifest.canvas)[0] : parsed.error.issues[0]!.message;
  if (fault !== undefined) throw new ProblemError("unprocessable", `The two cannot be one project: ${fault}`);
  return {
    before: here,
    after: manifest,
    graphs: [base.canvas, there.canvas, here.canvas],
    files,
    clashes: [...clashes, ...desk.clashes],
  };
}

/** Where somebody else works on a file, it is not changed under their hands. */
async function refuseLocked(
  studio: Studio,
  { mine }: Meeting,
  files: FileChange[],
  user: UserPrincipal,
): Promise<void> {
  const locked = await readLocks(studio.db.sql, mine, user);
  for (const { change: { path }, kind } of files) {
    const owner = kind === "added" ? undefined : locked.get(path);
    if (owner !== undefined) {
      throw new ProblemError(
        "conflict",
        `${path} is locked by ${owner}. Ask them to unlock it, then merge again.`,
      );
    }
  }
}

async function land(
  studio: Studio,
  { mine, titles, commits }: Meeting,
  { after, files }: Outcome,
  user: UserPrincipal,
): Promise<string> {
  const gitDir = studio.git.path(mine);
  const commit = await importCommit(gitDir, {
    message: `Merge ${titles.theirs} into ${titles.mine}`,
    author: user.name,
    parent: commits.mine,
    merges: commits.theirs,
    changes: [...files.map(({ change }) => change), { path: "project.json", content: writeManifest(after) }],
  });
  const about = { author: user.name, before: commits.mine, after: commit };
  const landed = await studio.pushes.bring(
    mine,
    about,
    () => studio.git.alone(mine, () => swapRef(gitDir, mine.branch, { from: commits.mine, to: commit })),
  );
  if (!landed) {
    throw new ProblemError("conflict", `${titles.mine} has changed just now. Look again, then merge.`);
  }
  studio.events.publish(mine.tenant_id, mine.id, { type: "branch", name: mine.branch, commit });
  return commit;
}

function sidesOf({ mine, theirs, titles, commits }: Meeting): Pick<Plan, "from" | "into"> {
  return {
    from: { branch: theirs.branch, title: titles.theirs, commit: commits.theirs },
    into: { branch: mine.branch, title: titles.mine, commit: commits.mine },
  };
}

function nothing(meeting: Meeting): Plan {
  const none = { changes: [], takes: [], files: [], files_total: 0, conflicts: [] };
  return { ...sidesOf(meeting), state: "nothing", ...none, commit: null };
}

async function planOf(studio: Studio, meeting: Meeting, outcome: Outcome): Promise<Plan> {
  const { before, after, files, clashes, graphs } = outcome;
  const choice = (shots: Record<string, string | undefined>): Manifest => ({
    ...before,
    shots: Object.fromEntries(
      Object.entries(shots).map(([node, active]) => [node, { node, ...(active ? { active } : {}) }]),
    ),
  });
  const asked = clashes.filter((clash) => clash.kind === "take");
  const pictures = await takesBetween(
    studio,
    meeting.mine,
    choice(Object.fromEntries(asked.map((clash) => [clash.node_id, clash.mine as string | undefined]))),
    choice(Object.fromEntries(asked.map((clash) => [clash.node_id, clash.theirs as string | undefined]))),
  );
  const conflicts = clashes.map((clash) => ({
    ...conflictOf(clash, meeting.titles, graphs),
    takes: pictures.find((each) => clash.kind === "take" && each.node_id === clash.node_id) ?? null,
  }));
  return {
    ...sidesOf(meeting),
    state: conflicts.some((conflict) => conflict.choice === null) ? "conflicts" : "clean",
    changes: changesBetween(before, after),
    takes: await takesBetween(studio, meeting.mine, before, after),
    files: files.slice(0, MOST_FILES).map(({ change, kind }) => ({ path: change.path, change: kind })),
    files_total: files.length,
    conflicts,
    commit: null,
  };
}

import { MAIN } from "../../shared/project/branch.ts";
import { writeManifest } from "../../shared/project/manifest.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { tellCommitted } from "../traces/mod.ts";
import { clearAbandonedImport } from "./bundle.ts";
import { createBareRepository, repositoryExists } from "./create_repository.ts";
import { Drainer, type DrainerOptions } from "./drainer.ts";
import { KeyedQueue } from "./keyed_queue.ts";
import { Maintenance, repack } from "./maintenance.ts";
import type { GitRoom, OutboxWriters, Place } from "./mod.ts";
import {
  drainOnce,
  type DrainOptions,
  type DrainPass,
  type DrainTools,
  openBranches,
  openProjects,
} from "./outbox.ts";
import { branchRef, checkPath, repositoryPath } from "./paths.ts";
import { scaffold } from "./scaffold.ts";
import { GitError, tryGit } from "./process.ts";
import { BranchMoved, commitToBranch, headOf } from "./swap.ts";
import { shareWays } from "./ways.ts";

export interface GitOptions
  extends Pick<DrainerOptions, "gatherMs" | "tickMs" | "backoffMs" | "wayMs" | "longestWayMs"> {
  /** @default 1 Seconds without a change after which a canvas is committed. */
  quietS?: number;
}

/** Pushes that may come between head and commit of one pass; then it commits on top of whatever there is. */
const MOST_TRIES = 20;

/** Projects' repositories on disk, and the loop that turns the outbox into commits. */
export function createGit(
  studio: Studio,
  writers: OutboxWriters,
  { quietS = 1, ...pace }: GitOptions = {},
): GitRoom {
  /** One writer per repository in this process; between processes the swap of the branch decides. */
  const writing = new KeyedQueue();
  const maintenance = new Maintenance();
  const path: GitRoom["path"] = (project) => repositoryPath(studio.config.dataDir, project);

  const commit = (
    project: Place & { branch?: string },
    { branch = project.branch ?? MAIN, ...what }: Parameters<GitRoom["commit"]>[1],
  ): Promise<string | null> => {
    const gitDir = path(project);
    return writing.run(gitDir, async () => {
      const sha = await commitToBranch(gitDir, branch, what);
      if (sha && maintenance.due(gitDir)) {
        await repack(gitDir).catch((error) =>
          studio.log.warn("Cannot repack a repository", { gitDir, error })
        );
      }
      return sha;
    });
  };

  async function projectOf(id: string): Promise<ProjectRow> {
    const project = await studio.projects.byId(studio.db.sql, id);
    if (!project) throw new Error(`Cannot commit for project ${id}: there is none`);
    await ensureRepository(project);
    return project;
  }

  /**
   * A gateway may have died between making the project and its repository. One that had commits is never made anew:
   * then the volume is missing, and an empty repository would hide that.
   */
  async function ensureRepository(project: ProjectRow): Promise<void> {
    if (await repositoryExists(path(project))) return;
    const [had] = await studio.db.sql`
      select 1 from outbox where project_id = ${project.id} and done_at is not null limit 1`;
    if (had) {
      throw new GitError(
        `The repository of ${project.title} is missing at ${path(project)}; mount the volume or restore it`,
        "",
      );
    }
    await room.createRepository(
      project,
      writeManifest(await studio.canvas.manifest(studio.db.sql, project)),
    );
  }

  /** Where a branch's commits go: its own ref, or the one that keeps it since it was discarded. */
  const refOf = async (project: ProjectRow, branch: string) =>
    branch === MAIN ? MAIN : await studio.branches.refOf(project, branch);

  const begin: GitRoom["begin"] = (place, first) =>
    writing.run(path(place), () => createBareRepository(path(place), { ...first, author: "Studio" }));

  const tools = (project: ProjectRow, about: { name: string; ref: string }, onto?: string): DrainTools => ({
    db: studio.db,
    writers,
    async commit(what) {
      const sha = await commit(project, {
        ...what,
        branch: about.ref,
        ...(onto === undefined ? {} : { onto }),
      });
      if (sha) told(project, about.name, sha);
      return sha;
    },
    head: () => headOf(path(project), about.ref),
    committed(rows, began) {
      if (!studio.traces?.on) return;
      tellCommitted(studio, rows, began).catch((error) =>
        studio.log.debug("Cannot tell of a commit", { error })
      );
    },
  });

  function told(project: ProjectRow, name: string, commit: string): void {
    studio.events?.publish(project.tenant_id, project.id, { type: "branch", name, commit });
  }

  /** The loop and whoever settles take turns here; between gateways the advisory lock does it. */
  const draining = new KeyedQueue();
  const drain = (projectId: string, how: { quietS: number; only?: readonly string[] | undefined }) =>
    draining.run(projectId, async (): Promise<DrainPass> => {
      const passes: DrainPass[] = [];
      for (const branch of await openOf(projectId, how.only)) {
        passes.push(await drainBranch(projectId, { ...how, branch }));
      }
      return together(passes);
    });

  /** Branches with something to commit or to absorb. */
  async function openOf(projectId: string, only?: readonly string[]): Promise<string[]> {
    const open = new Set([
      ...await openBranches(studio.db.sql, projectId),
      ...await studio.pushes.branchesWaiting(projectId),
    ]);
    return [...open].filter((branch) => only === undefined || only.includes(branch));
  }

  async function drainBranch(projectId: string, how: DrainOptions): Promise<DrainPass> {
    for (let tries = 1;; tries++) {
      try {
        return await drainOnto(projectId, how, tries < MOST_TRIES);
      } catch (error) {
        if (error instanceof BranchMoved) continue;
        // One branch that cannot be written holds up no other.
        return { outcome: "more", failure: error };
      }
    }
  }

  /**
   * What people pushed first: the commit is made from a canvas that has all of the branch it stands on, or a push's edits
   * of project.json would be taken back and come again. Takes do not wait for a push that cannot be absorbed.
   */
  async function drainOnto(projectId: string, how: DrainOptions, strictly: boolean): Promise<DrainPass> {
    const project = await projectOf(projectId);
    const about = { name: how.branch, ref: await refOf(project, how.branch) };
    const head = await headOf(path(project), about.ref);
    // Discarded or brought back between the two questions.
    if (head === null && strictly && about.name !== MAIN) throw new BranchMoved(`${about.ref} is gone`);
    const failure = await studio.pushes.absorb(projectId, how.branch).then(() => undefined, (error) => error);
    const pass = await drainOnce(
      tools(project, about, strictly ? head ?? undefined : undefined),
      projectId,
      how,
    );
    return failure === undefined ? pass : { outcome: "more", failure };
  }
  const open =
    async () => [...new Set([...await studio.pushes.waiting(), ...await openProjects(studio.db.sql)])];

  const drainer = new Drainer({
    drain: (projectId) => drain(projectId, { quietS }),
    openProjects: open,
    failed: (projectId, error, inMs) =>
      studio.log.warn("Cannot commit a project's changes yet; nothing is lost", {
        project_id: projectId,
        error,
        next_in_ms: Math.round(inMs),
      }),
    tickFailed: (error) => studio.log?.warn("Cannot read the outbox; trying again", { error }),
    ...pace,
  });
  const ways = shareWays(studio, drainer);

  const room: GitRoom = {
    path,
    commit,
    begin,
    async createRepository(project, manifest) {
      await writing.run(path(project), () => clearAbandonedImport(path(project), project.id));
      await begin(project, { message: "Begin the project", changes: scaffold(manifest) });
    },
    settleImport: (project) => clearAbandonedImport(path(project), project.id),
    alone: (project, work) => writing.run(path(project), () => work(path(project))),
    head: (project, branch = project.branch ?? MAIN) => headOf(path(project), branch),
    async readFile(project, file, branch = project.branch ?? MAIN) {
      checkPath(file);
      return await readBlob(path(project), `${branchRef(branch)}:${file}`);
    },
    wake: (projectId) => drainer.wake(projectId),
    giveWay: ways.giveWay,
    wayIsFree: ways.wayIsFree,
    async settle(projectId, only) {
      const left = async () => {
        const ids = await open();
        if (only === undefined || projectId === undefined || !ids.includes(projectId)) return ids;
        return (await openOf(projectId, only)).length ? [projectId] : [];
      };
      await settle(left, (id) => drain(id, { quietS: 0, only }), projectId);
      // Rows may be closed and not yet announced.
      await draining.idle(projectId);
    },
    async [Symbol.asyncDispose]() {
      await ways[Symbol.asyncDispose]();
      await drainer[Symbol.asyncDispose]();
    },
  };
  return room;
}

/** One word for what was done for several branches. */
function together(passes: DrainPass[]): DrainPass {
  const failed = passes.find((pass) => pass.failure !== undefined);
  if (failed) return failed;
  for (const outcome of ["more", "busy", "resting"] as const) {
    if (passes.some((pass) => pass.outcome === outcome)) return { outcome };
  }
  return { outcome: "empty" };
}

/** A file's bytes; null when the branch has none there. */
async function readBlob(gitDir: string, name: string): Promise<Uint8Array | null> {
  const found = await tryGit(["rev-parse", "--verify", "--quiet", name], { gitDir });
  if (found.code === 1) return null;
  const sha = new TextDecoder().decode(found.stdout).trim();
  const read = found.code === 0 ? await tryGit(["cat-file", "blob", sha], { gitDir }) : found;
  if (read.code !== 0) throw new GitError(`Cannot read ${name} in ${gitDir}`, read.stderr);
  return read.stdout;
}

/** How long another gateway may be at the same outbox before settling gives up waiting for it. */
const SETTLE_MS = 60_000;

/** Drains here and now. Throws what a writer or Git threw: whoever settles wants to know, the loop goes on by itself. */
async function settle(
  openNow: () => Promise<string[]>,
  drain: (projectId: string) => Promise<DrainPass>,
  only: string | undefined,
): Promise<void> {
  const until = Date.now() + SETTLE_MS;
  for (;;) {
    const open = (await openNow()).filter((id) => only === undefined || id === only);
    if (open.length === 0) return;
    for (const id of open) {
      const pass = await drain(id);
      if (pass.failure !== undefined) throw pass.failure;
      if (pass.outcome === "busy") await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (Date.now() > until) throw new GitError("The outbox did not become empty in time", "");
  }
}

import { join } from "@std/path";
import { MAIN } from "../../shared/project/branch.ts";
import { branchRef, tryGit } from "../git/mod.ts";
import type { LibraryRow } from "../library/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { absorbPush } from "./absorb.ts";
import { faultsOf, refusalText } from "./check.ts";
import { type Asked, HookDesk } from "./hook.ts";
import type { Pusher, Pushes } from "./mod.ts";
import { readManifest } from "./read_manifest.ts";
import { branchOf, NO_COMMIT, parseRefChanges } from "./refs.ts";
import * as store from "./store.ts";

/** Seconds after which a push that was checked and never ended belongs to a gateway that died. */
const LOST_S = 600;

export function createPushes(studio: Studio): Pushes {
  const desk = new HookDesk(join(studio.config.dataDir, "hooks"));

  /** Looks at a push; what may land on a branch is remembered first, so that no death of ours forgets its edits. */
  async function judge(
    project: ProjectRow | LibraryRow,
    pusher: Pusher,
    asked: Asked,
  ): Promise<{ refusal: string | null; rows?: store.PushRow[] }> {
    const changes = parseRefChanges(asked.lines);
    const env = {
      ...(asked.objects ? { GIT_OBJECT_DIRECTORY: asked.objects } : {}),
      ...(asked.alternates ? { GIT_ALTERNATE_OBJECT_DIRECTORIES: asked.alternates } : {}),
    };
    const gitDir = studio.git.path(project);
    const { sql } = studio.db;
    const wholeFaults = project.kind === "library"
      ? (commit: string) => studio.library.pushFaults({ q: sql, library: project, gitDir, commit, env })
      : async (commit: string) => {
        const read = await readManifest(gitDir, commit, { project, env });
        return "fault" in read ? [read.fault] : [];
      };
    const faults = await faultsOf(sql, studio.lfs, { gitDir, project, pusher, changes, env, wholeFaults });
    if (faults.length) return { refusal: refusalText(faults) };
    if (project.kind === "library") return { refusal: null };
    const inTheWay = await studio.branches.pushFaults(project, changes, env);
    if (inTheWay.length) return { refusal: refusalText(inTheWay) };
    const rows: store.PushRow[] = [];
    for (const { ref, before, after } of changes) {
      const branch = branchOf(ref);
      if (branch === null) continue;
      if (after === NO_COMMIT) await studio.branches.pushedAway(project, branch, before, pusher);
      else {
        // One that was discarded and is pushed again goes on from where it was.
        const from = before === NO_COMMIT ? await studio.branches.keptTip(project, branch) ?? before : before;
        const push = { author: pusher.name, branch, kind: "push", before: from, after } as const;
        rows.push(await store.insertPush(studio.db.sql, project, push));
      }
    }
    return { refusal: null, rows };
  }

  async function isIn(project: ProjectRow, row: store.PushRow): Promise<boolean> {
    const gitDir = studio.git.path(project);
    const ref = branchRef(await studio.branches.refOf(project, row.branch));
    return (await tryGit(["merge-base", "--is-ancestor", row.after_sha, ref], { gitDir })).code === 0;
  }

  /** Whether its branch holds it now decides whether it landed. */
  async function settleRow(project: ProjectRow, row: store.PushRow, pusher?: Pusher): Promise<void> {
    if (!await isIn(project, row)) return await store.forgetPush(studio.db.sql, row.id);
    await store.markLanded(studio.db.sql, row.id);
    if (pusher) studio.git.wayIsFree(project.id, pusher.user_id);
    studio.git.wake(project.id);
  }

  /** Those whose gateway died between moving the branch and noting it; and such as never came that far, after a while. */
  async function findUnheard(): Promise<void> {
    for (const row of await store.unheardPushes(studio.db.sql, LOST_S)) {
      const project = await studio.projects.byId(studio.db.sql, row.project_id);
      if (!project) continue;
      if (await isIn(project, row)) await store.markLanded(studio.db.sql, row.id);
      else if (row.lost) await store.forgetPush(studio.db.sql, row.id);
    }
  }

  return {
    async watch(project, pusher) {
      let rows: store.PushRow[] = [];
      const open = await desk.open(studio.git.path(project), async (asked) => {
        try {
          const judged = await judge(project, pusher, asked);
          rows = judged.rows ?? [];
          return judged.refusal;
        } catch (error) {
          studio.log.error("A push could not be looked at", { project_id: project.id, error });
          return refusalText(["The studio could not look at it, which is the studio's fault; push again."]);
        }
      });
      return {
        env: open.env,
        async ended() {
          open[Symbol.dispose]();
          if (project.kind === "library") return await studio.library.read(project);
          for (const row of rows) await settleRow(project, row, pusher);
          await studio.branches.finish(project);
        },
      };
    },

    async absorb(projectId, branch) {
      for (const row of await store.openPushes(studio.db.sql, projectId, branch)) {
        const project = await studio.projects.byId(studio.db.sql, projectId);
        // The branch may hold it a moment before receive-pack has ended and it is noted.
        if (!project || !row.landed && !await isIn(project, row)) continue;
        const on = branch === MAIN
          ? project
          : await studio.branches.adopt(project, branch, { at: row.after_sha, by: row.author });
        await absorbPush(studio, on, row);
        await store.markAbsorbed(studio.db.sql, row.id);
      }
    },

    branchesWaiting: (projectId) => store.branchesWaiting(studio.db.sql, projectId),

    async bring(project, { author, before, after }, land) {
      const merge = { author, branch: project.branch, kind: "merge", before, after } as const;
      const row = await store.insertPush(studio.db.sql, project, merge);
      try {
        return await land();
      } finally {
        // Also after a failure the branch itself says what became of it.
        await settleRow(project, row);
      }
    },

    async waiting() {
      await findUnheard();
      return await store.projectsWaiting(studio.db.sql);
    },

    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}

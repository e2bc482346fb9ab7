import { join } from "@std/path";
import { tryGit } from "../git/mod.ts";
import type { LibraryRow } from "../library/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { absorbPush } from "./absorb.ts";
import { faultsOf, refusalText } from "./check.ts";
import { type Asked, HookDesk } from "./hook.ts";
import type { Pusher, Pushes } from "./mod.ts";
import { readManifest } from "./read_manifest.ts";
import { parseRefChanges } from "./refs.ts";
import * as store from "./store.ts";

const MAIN = "refs/heads/main";
/** Seconds after which a push that was checked and never ended belongs to a gateway that died. */
const LOST_S = 600;

export function createPushes(studio: Studio): Pushes {
  const desk = new HookDesk(join(studio.config.dataDir, "hooks"));

  /** Looks at a push; one that may land on main is remembered first, so that no death of ours forgets its edits. */
  async function judge(
    project: ProjectRow | LibraryRow,
    pusher: Pusher,
    asked: Asked,
  ): Promise<{ refusal: string | null; row?: store.PushRow }> {
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
    const main = changes.find((change) => change.ref === MAIN);
    if (!main) return { refusal: null };
    return {
      refusal: null,
      row: await store.insertPush(studio.db.sql, project, { author: pusher.name, ...main }),
    };
  }

  async function isInMain(project: ProjectRow, row: store.PushRow): Promise<boolean> {
    const gitDir = studio.git.path(project);
    return (await tryGit(["merge-base", "--is-ancestor", row.after_sha, MAIN], { gitDir })).code === 0;
  }

  /** Whether main holds it now decides whether it landed. */
  async function settleRow(project: ProjectRow, row: store.PushRow): Promise<void> {
    if (!await isInMain(project, row)) return await store.forgetPush(studio.db.sql, row.id);
    await store.markLanded(studio.db.sql, row.id);
    studio.git.wake(project.id);
  }

  /** Those whose gateway died between moving main and noting it; and such as never came that far, after a while. */
  async function findUnheard(): Promise<void> {
    for (const row of await store.unheardPushes(studio.db.sql, LOST_S)) {
      const project = await studio.projects.byId(studio.db.sql, row.project_id);
      if (!project) continue;
      if (await isInMain(project, row)) await store.markLanded(studio.db.sql, row.id);
      else if (row.lost) await store.forgetPush(studio.db.sql, row.id);
    }
  }

  return {
    async watch(project, pusher) {
      let row: store.PushRow | undefined;
      const open = await desk.open(studio.git.path(project), async (asked) => {
        try {
          const judged = await judge(project, pusher, asked);
          row = judged.row;
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
          if (project.kind === "library") await studio.library.read(project);
          else if (row) await settleRow(project, row);
        },
      };
    },

    async absorb(projectId) {
      for (const row of await store.openPushes(studio.db.sql, projectId)) {
        const project = await studio.projects.byId(studio.db.sql, projectId);
        // Main may hold it a moment before receive-pack has ended and it is noted.
        if (!project || !row.landed && !await isInMain(project, row)) continue;
        await absorbPush(studio, project, row);
        await store.markAbsorbed(studio.db.sql, row.id);
      }
    },

    async waiting() {
      await findUnheard();
      return await store.projectsWaiting(studio.db.sql);
    },

    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}

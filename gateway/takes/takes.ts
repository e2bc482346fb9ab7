import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { type Tier, TIERS } from "../../shared/tiers.ts";
import { writeAudit } from "../audit/mod.ts";
import { type Change, enqueue, type OutboxWriter } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow, Takes } from "./mod.ts";
import { giveBackNumbers, reserveNumbers, reserveTimecode } from "./numbers.ts";
import { recordTake } from "./record.ts";
import { reserveTakes, reserveTakesIn } from "./reserve.ts";
import { writeSidecar } from "./sidecar.ts";
import * as store from "./store.ts";
import { detailTake, viewTake } from "./view.ts";

/** How many takes of a node a screen opens with, and of all nodes; the others are read page by page. */
const ON_SCREEN = { each: 12, most: 2000 };

export function createTakes(studio: Studio): Takes {
  async function publish(rows: TakeRow[]): Promise<void> {
    const told = await room.told(rows);
    rows.forEach((row, index) => studio.events.publish(row.tenant_id, row.project_id, told[index]!));
  }

  const room: Takes = {
    reserve: reserveNumbers,
    reserveTimecode,
    reserveTakes,
    reserveTakesIn,
    giveBack: giveBackNumbers,
    record: recordTake,

    async announce(take) {
      await publish([take]);
      studio.git.wake(take.project_id);
    },

    async list(projectId, { cursor, limit, node, branch = MAIN }) {
      if (cursor !== undefined && !isId(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "The cursor is not one that this list gave; start without.",
        );
      }
      const rows = await store.takesOfProject(studio.db.sql, projectId, {
        before: cursor ?? null,
        limit: limit + 1,
        node: node ?? null,
        branch,
      });
      const items = rows.slice(0, limit);
      return rows.length > limit ? { items, next: items.at(-1)!.id } : { items };
    },

    forScreen: ({ id, branch }) => store.takesForScreen(studio.db.sql, id, { branch, ...ON_SCREEN }),

    async find(projectId, takeId) {
      const row = isId(takeId) ? await store.takeById(studio.db.sql, projectId, takeId) : null;
      if (!row) throw new ProblemError("not_found", "There is no such take in this project.");
      return row;
    },

    all: store.allTakes,

    async active(q, projectId, nodeIds, branch = MAIN) {
      const rows = await store.activeTakes(q, { id: projectId, branch }, nodeIds);
      return new Map(rows.map((row) => [row.node_id, row]));
    },

    async activate(project, takeId, by, userId) {
      const take = await room.find(project.id, takeId);
      const { branch } = project;
      const { changed, before } = await studio.db.sql.begin(async (tx) => {
        const done = await store.activateTake(tx, take, branch);
        if (done.changed) {
          await enqueue(tx, { ...ownerOf(take), branch, kind: "manifest", subject: null, author: by });
          await writeAudit(tx, {
            tenantId: take.tenant_id,
            who: { user_id: userId, name: by },
            what: "take_activated",
            subject: { id: take.id, name: take.name },
            detail: { project: project.title },
          });
        }
        return done;
      }) as { changed: boolean; before: string | null };
      if (!changed) return take;
      // Both changed for whoever looks: the one that was chosen, and the one that no longer is.
      await publish([...(before ? [await room.find(project.id, before)] : []), take]);
      studio.git.wake(project.id);
      return take;
    },

    chooseAsIn: store.chooseAsIn,
    bring: store.bring,
    files: (rows) => rows.flatMap(filesOf),

    async view(rows, branch = MAIN) {
      const active = await store.whichAreActive(studio.db.sql, rows.map((row) => row.id), branch);
      return rows.map((row) => viewTake(row, active.has(row.id)));
    },

    async told(rows) {
      const where = await store.whereTheyAre(studio.db.sql, rows.map((row) => row.id));
      return rows.map((row) => {
        const there = where.get(row.id) ?? [];
        const active = there.some((each) => each.branch === MAIN && each.active);
        const onMain = there.length === 1 && there[0]!.branch === MAIN;
        return { type: "take", take: viewTake(row, active), ...(onMain ? {} : { where: there }) };
      });
    },

    async detail(row, branch = MAIN) {
      return detailTake(row, (await store.whichAreActive(studio.db.sql, [row.id], branch)).has(row.id));
    },

    outbox: takeWriter(publish),
  };
  return room;
}

function ownerOf(take: TakeRow): { tenant_id: string; project_id: string } {
  return { tenant_id: take.tenant_id, project_id: take.project_id };
}

function filesOf(take: TakeRow): Change[] {
  return [
    { path: take.path, content: writePointer(take) },
    { path: `${take.path.slice(0, -take.extension.length)}json`, content: writeSidecar(take.sidecar) },
  ];
}

/** Master pointer and sidecar. Poster and proxy can be made again: they stay in the store, like 05_Cache. */
function takeWriter(publish: (rows: TakeRow[]) => Promise<void>): OutboxWriter {
  return {
    async changes(q, { project_id, subject }) {
      const take = subject ? await store.takeById(q, project_id, subject) : null;
      if (!take) return null;
      return {
        message: `${take.name}: ${take.runner}, ${TIERS[take.tier as Tier].label}`,
        changes: filesOf(take),
      };
    },
    async committed(q, { project_id, subject }) {
      const take = subject ? await store.markCommitted(q, project_id, subject) : null;
      if (take) return () => publish([take]);
    },
  };
}

import type { CanvasNode, Graph } from "../../shared/canvas/graph.ts";
import { offOf, whyOff } from "../../shared/canvas/left_out.ts";
import type { CanvasKey } from "../canvas/mod.ts";
import { followUp } from "./dependencies.ts";
import type { JobRow } from "./mod.ts";
import { notice, type NoticeView, publishNotices } from "./notices.ts";
import type { Room } from "./room.ts";
import { announce, move, type Moved } from "./state_machine.ts";

/** Nodes that made takes before a change of their canvas and make none after it. */
export function newlyOff(before: Graph, after: Graph): CanvasNode[] {
  const off = after.nodes.filter((node) => whyOff(node));
  if (!off.length) return off;
  const madeTakes = new Set(before.nodes.filter((node) => !whyOff(node)).map((node) => node.id));
  return off.filter((node) => madeTakes.has(node.id));
}

/**
 * What waits for nodes that were bypassed or muted is cancelled, and with it what needed that: whoever switches a node off does not
 * want its takes made an hour later. What runs goes on, as most of it is paid for; its own cancel stops it.
 */
export async function switchedOff(
  room: Room,
  canvas: CanvasKey,
  nodes: readonly CanvasNode[],
  by: string,
): Promise<JobRow[]> {
  const named = new Map(nodes.map((node) => [node.id, node]));
  const done = await room.studio.db.sql.begin(async (tx) => {
    const waiting = await tx<JobRow[]>`
      select * from jobs where project_id = ${canvas.id} and branch = ${canvas.branch}
        and node_id = any(${[
      ...named.keys(),
    ]}::text[]) and state in ('queued', 'blocked') and check_id is null
      order by id for update`;
    const moves: Moved[] = [];
    const notices: NoticeView[] = [];
    for (const [nodeId, jobs] of Map.groupBy(waiting, (job) => job.node_id!)) {
      const node = named.get(nodeId)!;
      for (const job of jobs) {
        // One of them may have needed another, and is cancelled with it.
        if (moves.some((moved) => moved.job.id === job.id)) continue;
        const moved = await move(tx, job, {
          happening: "cancel",
          sentence: `Cancelled, as ${by} switched "${node.title}" off (${offOf(node)}) while it waited.`,
          endGrant: true,
        });
        moves.push(moved, ...await followUp(tx, moved));
      }
      notices.push(await notice(tx, jobs[0]!, "info", cancelledWords(node, jobs.length)));
    }
    return { moves, notices };
  }) as { moves: Moved[]; notices: NoticeView[] };
  if (!done.moves.length) return [];
  publishNotices(room.studio, done.moves[0]!.job, done.notices);
  await announce(room, done.moves);
  return done.moves.map(({ job }) => job);
}

/**
 * The jobs of a submission as they are once it is certain that none is of a node that was switched off between its reading of the canvas,
 * which has changed since, and now. Whoever switches a node off looks for its jobs after that is stored, and this looks at the canvas after
 * the jobs are: whichever came later sees the other, so no lock need be held over both.
 */
export async function unlessOff(room: Room, canvas: CanvasKey, jobs: JobRow[]): Promise<JobRow[]> {
  const [now] = await room.studio.db.sql<{ graph: Graph; by: string | null }[]>`
    select graph, updated_by as by from canvases where project_id = ${canvas.id} and branch = ${canvas.branch}`;
  const off = (now?.graph.nodes ?? []).filter((node) =>
    whyOff(node) && jobs.some((job) => job.node_id === node.id)
  );
  const ended = off.length ? await switchedOff(room, canvas, off, now!.by ?? "somebody") : [];
  return jobs.map((job) => ended.find(({ id }) => id === job.id) ?? job);
}

function cancelledWords(node: CanvasNode, takes: number): string {
  const [which, them] = takes === 1
    ? ["1 take that waited was", "it"]
    : [`${takes} takes that waited were`, "them"];
  return `"${node.title}" is ${
    offOf(node)
  }, so ${which} cancelled. Switch it on again and retry ${them} if you still want ${them}.`;
}

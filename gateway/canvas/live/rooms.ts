import * as Y from "yjs";
import type { Canvas } from "../../../shared/api/project.ts";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { ProblemError } from "../../../shared/http/problem.ts";
import type { Tx } from "../../db/mod.ts";
import { enqueue } from "../../git/mod.ts";
import { newlyOff } from "../../jobs/mod.ts";
import type { Studio } from "../../studio.ts";
import { replacedFiles } from "../replaced_files.ts";
import { appendUpdate, type CanvasKey, lockCanvas } from "../store.ts";
import { compact, follow, type Live, load } from "./stored.ts";

/** Documents kept at hand; those that somebody looks at come on top. */
const KEPT = 32;
/** Updates stored one by one before the whole takes their place. */
const COMPACT_AFTER = 200;

export interface ProjectKey extends CanvasKey {
  tenant_id: string;
}

/** One word for one canvas: what rooms and people are kept under. */
export const canvasWord = ({ id, branch }: CanvasKey) => branch === MAIN ? id : `${id} ${branch}`;

/** One open canvas that is told of every change. */
export interface Looker {
  update(data: Uint8Array, version: number): void;
}

export interface Change {
  by: string;
  /** Whoever it is done by: what others have locked they do not replace. Absent: the studio itself, which asks elsewhere. */
  userId?: string;
  /** Only if the canvas is at this version: else conflict. */
  version?: number;
  /** Who made it and knows it already. */
  from?: Looker;
  /** Changes the document. What it throws, and what leaves faults in the graph, changes nothing. */
  make(doc: Y.Doc, graph: Graph): void;
}

interface Room {
  live: Live | null;
  lookers: Set<Looker>;
  /** The version up to which the lookers were told everything. */
  told: number;
  /** Ends with what is being done; one thing at a time. */
  busy: Promise<unknown>;
  waiting: number;
  ear: Disposable | null;
}

export interface Rooms {
  change(project: ProjectKey, change: Change): Promise<Canvas>;
  /** Gives the looker what it lacks (`vector` says what it has), then every update until it leaves. */
  look(
    project: ProjectKey,
    looker: Looker,
    vector: Uint8Array,
    sync: (data: Uint8Array, version: number) => void,
  ): Promise<void>;
  leave(canvas: CanvasKey, looker: Looker): void;
  /** Something may have been said by another gateway and not heard. */
  catchUp(project: ProjectKey): Promise<void>;
}

/**
 * The live documents of this gateway. The database is the truth: a change locks the canvas's row, takes in what other gateways stored,
 * and is told to the lookers only once it is stored. A document that a change has spoilt is thrown away and read again.
 */
export function createRooms(studio: Studio): Rooms {
  const rooms = new Map<string, Room>();

  function roomOf(project: ProjectKey): Room {
    const word = canvasWord(project);
    const room: Room = rooms.get(word) ??
      { live: null, lookers: new Set(), told: 0, busy: Promise.resolve(), waiting: 0, ear: null };
    // The one used last is last.
    rooms.delete(word);
    rooms.set(word, room);
    let spare = rooms.size - KEPT;
    for (const [id, other] of rooms) {
      if (spare-- <= 0) break;
      if (other !== room && !other.lookers.size && !other.waiting) rooms.delete(id);
    }
    return room;
  }

  /**
   * Runs in a transaction that has the canvas locked and its document up to date, after what was asked before it; `then` runs
   * at once when that is stored.
   */
  function inTurn<T>(
    project: ProjectKey,
    run: (tx: Tx, live: Live) => Promise<T>,
    then: (result: T, room: Room) => void = () => {},
  ): Promise<T> {
    const room = roomOf(project);
    const turn = async () => {
      let live = room.live, anew = false;
      // Until it is stored, what is in the document is nothing to go on.
      room.live = null;
      const result = await studio.db.sql.begin(async (tx) => {
        const version = await lockCanvas(tx, project);
        if (version === null) throw new ProblemError("not_found", "There is no canvas of this project.");
        live = live && await follow(tx, project, live, version, (data, at) => tell(room, data, at));
        if (!live) {
          live = await load(tx, project, version);
          anew = true;
        }
        return await run(tx, live);
      }) as T;
      room.live = live!;
      // What was read as a whole was not told update by update; and what comes now does not make up for it.
      if (anew && room.lookers.size && room.told < live!.version) {
        tell(room, Y.encodeStateAsUpdate(live!.doc), live!.version);
      }
      then(result, room);
      return result;
    };
    room.waiting++;
    const done = room.busy.then(turn).finally(() => room.waiting--);
    room.busy = done.catch(() => {});
    return done;
  }

  async function change(project: ProjectKey, change: Change): Promise<Canvas> {
    const { canvas, data, off } = await inTurn(
      project,
      (tx, live) => store(studio, tx, project, live, change),
      ({ canvas, data }, room) => {
        if (data) tell(room, data, canvas.version, change.from);
      },
    );
    if (data) {
      const { version } = canvas;
      const { branch } = project;
      studio.events.publish(project.tenant_id, project.id, {
        type: "canvas",
        version,
        by: change.by,
        ...(branch === MAIN ? {} : { branch }),
      });
      studio.git.wake(project.id);
      if (off.length) await tellOff(project, off, change.by);
    }
    return canvas;
  }

  /** The change is stored, whatever becomes of what waited. */
  async function tellOff(project: ProjectKey, off: CanvasNode[], by: string): Promise<void> {
    try {
      await studio.jobs.switchedOff(project, off, by);
    } catch (error) {
      studio.log.warn("What waits for a node that was switched off could not be cancelled", { error });
    }
  }

  const catchUp = async (project: ProjectKey) => {
    if (rooms.get(canvasWord(project))?.lookers.size) await inTurn(project, () => Promise.resolve());
  };

  return {
    change,
    catchUp,
    async look(project, looker, vector, sync) {
      await inTurn(
        project,
        (_, live) =>
          Promise.resolve({ data: Y.encodeStateAsUpdate(live.doc, vector), version: live.version }),
        ({ data, version }, room) => {
          sync(data, version);
          room.told = version;
          room.lookers.add(looker);
          room.ear ??= studio.events.subscribe(
            { tenant_id: project.tenant_id, project_id: project.id },
            (event) => {
              if (event.type !== "canvas" || (event.branch ?? MAIN) !== project.branch) return;
              if (event.version <= room.told) return;
              catchUp(project).catch((error) => {
                if (!studio.closing.aborted) {
                  studio.log.warn("A canvas could not be caught up with", { error });
                }
              });
            },
          );
        },
      );
    },
    leave(canvas, looker) {
      const room = rooms.get(canvasWord(canvas));
      if (!room?.lookers.delete(looker) || room.lookers.size) return;
      room.ear?.[Symbol.dispose]();
      room.ear = null;
    },
  };
}

/** Those who look are told what the canvas has become. */
function tell(room: Room, data: Uint8Array, version: number, but?: Looker): void {
  room.told = version;
  for (const looker of room.lookers) if (looker !== but) looker.update(data, version);
}

/** Makes the change and stores it; with no data when it changed nothing. */
async function store(
  studio: Studio,
  tx: Tx,
  project: ProjectKey,
  live: Live,
  change: Change,
): Promise<{ canvas: Canvas; data: Uint8Array | null; off: CanvasNode[] }> {
  if (change.version !== undefined && change.version !== live.version) {
    throw new ProblemError(
      "conflict",
      `The canvas is at version ${live.version} now, and this change was made on version ${change.version}. ` +
        "Read it again and make the change on top of that.",
    );
  }
  const before = live.view.graph();
  const data = collect(live.doc, () => change.make(live.doc, before));
  if (!data) return { canvas: { version: live.version, graph: live.view.graph() }, data, off: [] };
  const [fault] = live.view.faults();
  if (fault) throw new ProblemError("unprocessable", `The canvas was not changed: ${fault}`);
  const graph = live.view.graph();
  if (change.userId !== undefined) {
    await studio.lfs.locks.refuse(tx, project, replacedFiles(before, graph), change.userId);
  }
  live.version = await appendUpdate(tx, project, { data, graph, by: change.by });
  if (live.version - live.snapshot >= COMPACT_AFTER) await compact(tx, project, live);
  await enqueue(tx, {
    tenant_id: project.tenant_id,
    project_id: project.id,
    branch: project.branch,
    kind: "manifest",
    subject: null,
    author: change.by,
  });
  return { canvas: { version: live.version, graph }, data, off: newlyOff(before, graph) };
}

/** What the document says happened to it, as one update; null when nothing did. */
function collect(doc: Y.Doc, run: () => void): Uint8Array | null {
  const updates: Uint8Array[] = [];
  const hear = (data: Uint8Array) => updates.push(data);
  doc.on("update", hear);
  try {
    run();
  } finally {
    doc.off("update", hear);
  }
  return updates.length > 1 ? Y.mergeUpdates(updates) : updates[0] ?? null;
}

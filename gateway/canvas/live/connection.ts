import * as Y from "yjs";
import {
  ClientWord,
  type Frame,
  FRAME_LIMIT,
  readFrame,
  type StudioWord,
  writeFrame,
} from "../../../shared/canvas/live/words.ts";
import { ProblemError } from "../../../shared/http/problem.ts";
import { may } from "../../../shared/roles.ts";
import type { UserPrincipal } from "../../auth/mod.ts";
import { type End, type Talk, TOO_SLOW } from "../../events/mod.ts";
import type { ProjectRow } from "../../projects/mod.ts";
import type { Studio } from "../../studio.ts";
import { jsonOrNull } from "./json_or_null.ts";
import type { People } from "./people.ts";
import { canvasWord, type Looker, type Rooms } from "./rooms.ts";

/** Bytes not yet taken by the client: from the first on it misses how others move, from the second on it is too slow. */
const MOMENTS_UNTIL = 1024 * 1024;
const CLOSED_FROM = 16 * 1024 * 1024;
/** Frames that wait to be dealt with; a client sends the next change when the last was answered. */
const MOST_WAITING = 64;
/** Characters of one word: a presence with all its nodes. */
const WORD_LIMIT = 128 * 1024;
/** Clients are asked for 20; what comes in bunches is let pass. */
const WORDS_PER_SECOND = 80;

export interface ConnectionOptions {
  studio: Studio;
  rooms: Rooms;
  people: People;
  project: ProjectRow;
  user: UserPrincipal;
  wire: Pick<WebSocket, "send" | "bufferedAmount" | "readyState">;
  end: End;
  failed(error: unknown): void;
}

/** One open canvas of one person: frames in the order in which they came, presence at once. */
export function createConnection(options: ConnectionOptions): Talk {
  const { studio, rooms, people, project, user, wire, end, failed } = options;
  const canEdit = may(user, "make");
  let frames: Promise<void> = Promise.resolve();
  let waiting = 0;
  let words = { count: 0, since: performance.now() };

  function send(data: string | Uint8Array<ArrayBuffer>, moment = false): void {
    if (wire.readyState !== WebSocket.OPEN) return;
    if (wire.bufferedAmount > CLOSED_FROM) {
      end(
        TOO_SLOW,
        "This connection is too slow for what happens here; connect again for the present state.",
      );
    } else if (!moment || wire.bufferedAmount <= MOMENTS_UNTIL) wire.send(data);
  }
  const say = (word: StudioWord) => send(JSON.stringify(word), word.type === "peer");
  const looker: Looker = {
    update: (data, version) => send(writeFrame({ kind: "update", number: version, data })),
  };
  const me = people.enter(canvasWord(project), { user_id: user.user_id, name: user.name, say });
  say({ type: "welcome", you: me.peer, peers: me.others, can_edit: canEdit });

  function talksTooMuch(): boolean {
    const now = performance.now();
    if (now - words.since > 1000) words = { count: 0, since: now };
    return ++words.count > WORDS_PER_SECOND;
  }

  async function hear(frame: Frame): Promise<void> {
    if (frame.kind === "hello") {
      return await rooms.look(
        project,
        looker,
        vectorOf(frame.data),
        (data, version) => send(writeFrame({ kind: "sync", number: version, data })),
      );
    }
    try {
      const { version } = await take(frame.data);
      say({ type: "taken", number: frame.number, version });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      say({ type: "refused", number: frame.number, message: error.message });
    }
  }

  async function take(data: Uint8Array) {
    if (!canEdit) throw new ProblemError("forbidden", "You may look at this film, but not change it.");
    // Asked each time: a project can be archived while it is open.
    const fresh = await studio.projects.findForChange(user.tenant_id, project.id, project.branch);
    return await rooms.change(fresh, {
      by: user.name,
      userId: user.user_id,
      from: looker,
      make: (doc) => applyWhole(doc, data, looker),
    });
  }

  return {
    said(data: unknown): void {
      if (typeof data === "string") {
        if (data.length > WORD_LIMIT) return end(1009, "Nothing that large is expected here.");
        if (talksTooMuch()) return;
        const word = ClientWord.safeParse(jsonOrNull(data));
        if (!word.success) return end(1008, "That is nothing one says to a canvas.");
        return me.moved(word.data.presence);
      }
      if (!(data instanceof ArrayBuffer) || data.byteLength > FRAME_LIMIT) {
        return end(1009, "A change of a canvas is at most 8 MiB.");
      }
      const frame = readFrame(data);
      if (!frame || frame.kind === "sync") return end(1008, "That is no change of a canvas.");
      if (++waiting > MOST_WAITING) return end(1008, "Changes are sent one after another.");
      frames = frames.then(() => hear(frame)).catch(failed).finally(() => waiting--);
    },
    resync: () => void rooms.catchUp(project).catch(failed),
    [Symbol.dispose](): void {
      me[Symbol.dispose]();
      // What is still being dealt with may let it in once more.
      void frames.then(() => rooms.leave(project, looker));
      rooms.leave(project, looker);
    },
  };
}

/** What a client says it knows. */
function vectorOf(data: Uint8Array): Uint8Array {
  try {
    Y.decodeStateVector(data);
    return data;
  } catch (cause) {
    throw new ProblemError("invalid_request", "This state vector cannot be read.", { cause });
  }
}

/** Applies an update if all that it builds on is there. */
function applyWhole(doc: Y.Doc, data: Uint8Array, origin: unknown): void {
  try {
    Y.applyUpdate(doc, data, origin);
  } catch (cause) {
    throw new ProblemError("invalid_request", "This change cannot be read.", { cause });
  }
  if (doc.store.pendingStructs || doc.store.pendingDs) {
    throw new ProblemError("unprocessable", "This change builds on one that the studio does not have.");
  }
}

import type { StudioEvent } from "../../shared/events/events.ts";
import type { Studio } from "../studio.ts";
import { ALIVE_MS, createNeighbours } from "./neighbours.ts";
import { reread } from "./reread.ts";
import { Message, messagesOf, type Word, wordOf } from "./word.ts";

const CHANNEL = "studio_events";
/** Milliseconds that words are gathered into one NOTIFY. It is never sent in the transaction that writes: at commit NOTIFY takes a lock of the whole server. */
const GATHER_MS = 50;
/** Milliseconds until words that could not be sent are sent again, and until what could not be heard is made good. */
const AGAIN_MS = 1_000;

interface Here {
  hears(tenantId: string, projectId: string | null): boolean;
  deliver(tenantId: string, projectId: string | null, event: StudioEvent): void;
  /** Something may have been said and not heard, or not said at all: the line was down, a gateway died. */
  missed(): void;
}

/** Tells the other gateways of this database what happened here, and hears what happened there. */
export async function openBetween(studio: Studio, here: Here) {
  const me = crypto.randomUUID();
  const gathered = new Map<string, Word>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> = Promise.resolve();
  let closed = false;

  async function send(): Promise<void> {
    timer = undefined;
    const words = [...gathered];
    gathered.clear();
    try {
      for (const message of messagesOf(me, words.map(([, word]) => word))) await notify(message);
    } catch (error) {
      if (closed) return;
      studio.log.warn("The other gateways could not be told of an event; they are told again", { error });
      // What is newer takes their place; what was heard twice changes nothing.
      for (const [key, word] of words) if (!gathered.has(key)) gathered.set(key, word);
      timer ??= setTimeout(() => sending = send(), AGAIN_MS);
    }
  }

  async function notify(message: string): Promise<void> {
    await studio.db.sql`select pg_notify(${CHANNEL}, ${message})`;
  }

  /** Everything is read again, once for all that was missed in a moment. */
  let making: ReturnType<typeof setTimeout> | undefined;
  function missed(): void {
    if (!closed) making ??= setTimeout(() => (making = undefined, here.missed()), AGAIN_MS);
  }
  const neighbours = createNeighbours(() => {
    studio.log.warn("Another gateway is silent; what it may not have said is read again");
    missed();
  });
  const alive = setInterval(() => {
    if (studio.db.kind === "embedded") return;
    // With the server away all are silent, and the line says so.
    notify(JSON.stringify({ from: me, words: [] })).catch(() => {});
  }, ALIVE_MS);

  async function hear(payload: string): Promise<void> {
    const message = Message.safeParse(jsonOrNull(payload));
    if (!message.success || message.data.from === me) return;
    neighbours.heard(message.data.from, message.data.farewell ?? false);
    for (const word of message.data.words) {
      // A gateway that is still opening has nobody to tell.
      if (closed || !studio.agents) return;
      if (word.kind === "agent" || word.kind === "agent_removed") {
        await studio.agents.heard(word.tenant, word.id);
      }
      if (!here.hears(word.tenant, word.project)) continue;
      const event = await reread(studio, word);
      if (event) here.deliver(word.tenant, word.project, event);
    }
  }

  // In the order in which it was said: one after another.
  let hearing: Promise<void> = Promise.resolve();
  const line = await studio.db.listen(CHANNEL, (payload) => {
    hearing = hearing.then(() => hear(payload)).catch((error) => {
      if (!closed) studio.log.warn("An event of another gateway could not be read", { error });
      missed();
    });
  }, () => {
    neighbours.forget();
    here.missed();
  });

  return {
    say(tenantId: string, projectId: string | null, event: StudioEvent): void {
      if (closed || studio.db.kind === "embedded") return;
      const word = wordOf(tenantId, projectId, event);
      if (!word) return;
      const key = keyOf(word);
      const earlier = gathered.get(key);
      // Of several changes of one job: from the first state to the present one.
      gathered.set(key, earlier && word.kind === "job" ? { ...word, note: earlier.note } : word);
      timer ??= setTimeout(() => sending = send(), GATHER_MS);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      closed = true;
      clearTimeout(timer);
      clearTimeout(making);
      clearInterval(alive);
      neighbours[Symbol.dispose]();
      if (gathered.size) sending = send();
      await sending;
      if (studio.db.kind === "postgresql") {
        await notify(JSON.stringify({ from: me, words: [], farewell: true })).catch(() => {});
      }
      await line[Symbol.asyncDispose]();
      await hearing;
    },
  };
}

/** What takes the place of what: the newest of a canvas, of a branch, of a row. */
function keyOf({ kind, project, id, branch, note }: Word): string {
  if (kind === "canvas") return `canvas ${project} ${branch ?? ""}`;
  return kind === "branch" ? `branch ${project} ${note}` : `${kind} ${id}`;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

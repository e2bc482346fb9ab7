import type { StudioEvent } from "../../shared/events/events.ts";
import type { Studio } from "../studio.ts";
import { reread } from "./reread.ts";
import { Message, messagesOf, type Word, wordOf } from "./word.ts";

const CHANNEL = "studio_events";
/** Milliseconds that words are gathered into one NOTIFY. It is never sent in the transaction that writes: at commit NOTIFY takes a lock of the whole server. */
const GATHER_MS = 50;

interface Here {
  hears(tenantId: string, projectId: string | null): boolean;
  deliver(tenantId: string, projectId: string | null, event: StudioEvent): void;
  /** The line was down and is up again: whatever was said meanwhile was not heard. */
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
    const words = [...gathered.values()];
    gathered.clear();
    try {
      for (const message of messagesOf(me, words)) {
        await studio.db.sql`select pg_notify(${CHANNEL}, ${message})`;
      }
    } catch (error) {
      // With the server away the others' lines are down as well; each sends the whole state when its own is up again.
      if (!closed) studio.log.warn("The other gateways could not be told of an event", { error });
    }
  }

  async function hear(payload: string): Promise<void> {
    const message = Message.safeParse(jsonOrNull(payload));
    if (!message.success || message.data.from === me) return;
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
    });
  }, () => here.missed());

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
      if (gathered.size) sending = send();
      await sending;
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

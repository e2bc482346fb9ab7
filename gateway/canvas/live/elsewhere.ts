import { z } from "zod";
import { NOWHERE, Peer } from "../../../shared/canvas/live/words.ts";
import { same } from "../../../shared/canvas/live/same.ts";
import type { Studio } from "../../studio.ts";
import { jsonOrNull } from "./json_or_null.ts";

const CHANNEL = "canvas_people";
/** Milliseconds between two messages about one canvas. */
const GATHER_MS = 100;
/** Milliseconds between words of a gateway that has people on a canvas, and of silence until they are taken for gone. */
const BEAT_MS = 10_000;
const GONE_AFTER_MS = 35_000;
/** Largest payload of one NOTIFY, bytes; PostgreSQL's own limit is 7,999. */
const PAYLOAD = 7000;

/** All of a gateway's people on one canvas, as it tells the others. */
const Message = z.object({
  from: z.string(),
  project: z.string(),
  /** It does not know who is where you are. */
  asks: z.boolean(),
  peers: z.array(Peer),
});

interface Here {
  here(projectId: string): Peer[];
  came(projectId: string, peer: Peer): void;
  went(projectId: string, id: string): void;
}

/**
 * Who is on a canvas at other gateways of this database. Each tells all of its people, so that whatever is lost is made good by the
 * next message; how they move is told only while somebody at another gateway is there to see it.
 */
export function createElsewhere(studio: Studio, { here, came, went }: Here) {
  const me = crypto.randomUUID();
  /** By canvas, then by gateway. */
  const known = new Map<string, Map<string, { peers: Peer[]; at: number }>>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const asking = new Set<string>();
  let line: Promise<AsyncDisposable> | null = null;
  let beat: ReturnType<typeof setInterval> | undefined;
  let sending: Promise<void> = Promise.resolve();
  let closed = false;

  async function send(projectId: string): Promise<void> {
    const asks = asking.delete(projectId);
    try {
      await line;
      const message = write({ from: me, project: projectId, asks, peers: here(projectId) });
      await studio.db.sql`select pg_notify(${CHANNEL}, ${message})`;
    } catch (error) {
      if (!closed) studio.log.warn("The other gateways could not be told who is on a canvas", { error });
    }
  }
  function soon(projectId: string): void {
    if (closed || timers.has(projectId)) return;
    timers.set(
      projectId,
      setTimeout(() => {
        timers.delete(projectId);
        sending = sending.then(() => send(projectId));
      }, GATHER_MS),
    );
  }

  function hear(payload: string): void {
    const message = Message.safeParse(jsonOrNull(payload));
    if (!message.success || message.data.from === me || closed) return;
    const { from, project, asks, peers } = message.data;
    // Whoever comes here first asks.
    if (!here(project).length) return;
    replace(project, from, peers);
    if (asks) soon(project);
  }
  function replace(projectId: string, gateway: string, peers: Peer[]): void {
    const gateways = known.get(projectId) ?? new Map<string, { peers: Peer[]; at: number }>();
    const before = gateways.get(gateway)?.peers ?? [];
    if (peers.length) gateways.set(gateway, { peers, at: performance.now() });
    else gateways.delete(gateway);
    if (gateways.size) known.set(projectId, gateways);
    else known.delete(projectId);
    const ids = new Set(peers.map((peer) => peer.id));
    for (const { id } of before) if (!ids.has(id)) went(projectId, id);
    for (const peer of peers) if (!before.some((was) => same(was, peer))) came(projectId, peer);
  }

  function listen(): void {
    line = studio.db.listen(CHANNEL, hear, () => {
      for (const projectId of known.keys()) soon(projectId);
    });
    line.catch((error) => {
      studio.log.warn("Who is on a canvas elsewhere cannot be heard", { error });
      line = null;
    });
    beat ??= setInterval(() => {
      for (const [projectId, gateways] of [...known]) {
        soon(projectId);
        for (const [gateway, { at }] of [...gateways]) {
          if (performance.now() - at > GONE_AFTER_MS) replace(projectId, gateway, []);
        }
      }
    }, BEAT_MS);
  }

  return {
    peers: (projectId: string): Peer[] =>
      [...known.get(projectId)?.values() ?? []].flatMap(({ peers }) => peers),
    /** `first`: of this canvas here, so nobody was listened to before. */
    changed(projectId: string, what: "first" | "people" | "moved"): void {
      if (closed || studio.db.kind === "embedded") return;
      if (!line) listen();
      if (what === "first") asking.add(projectId);
      if (!here(projectId).length) known.delete(projectId);
      if (what !== "moved" || known.has(projectId)) soon(projectId);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      closed = true;
      clearInterval(beat);
      for (const [projectId, timer] of timers) {
        clearTimeout(timer);
        sending = sending.then(() => send(projectId));
      }
      await sending;
      await (await line?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

/** As much as one message carries: people first, then what they have chosen. */
function write(message: z.infer<typeof Message>): string {
  const text = JSON.stringify(message);
  if (new TextEncoder().encode(text).length <= PAYLOAD) return text;
  const bare = message.peers.map((peer) => ({
    ...peer,
    presence: { ...NOWHERE, cursor: peer.presence.cursor, level: peer.presence.level ?? null },
  }));
  while (new TextEncoder().encode(JSON.stringify({ ...message, peers: bare })).length > PAYLOAD) bare.pop();
  return JSON.stringify({ ...message, peers: bare });
}

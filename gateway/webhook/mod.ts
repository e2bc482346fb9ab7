import type { Studio } from "../studio.ts";
import { sendMessage } from "./send.ts";
import { dueStudios, endTurn, forgetMessage, holdTurn, nextMessages, type Waiting } from "./store.ts";

export interface WebhookOptions {
  /** @default 2_000 Milliseconds between looks at what waits. */
  everyMs?: number;
  /** @default 15_000 Milliseconds that the receiver may take to answer. */
  patienceMs?: number;
  /** @default 5 Seconds until the second try; doubles. */
  afterS?: number;
  /** @default 3600 Seconds between tries at most. */
  mostS?: number;
}

/** Studios that are told of at the same time, so that one slow answer does not hold up all. */
const SIDE_BY_SIDE = 4;
/** Messages of one turn; then others have theirs. */
const IN_A_TURN = 100;

/**
 * Tells a billing system (WEBHOOK_URL) each row of the usage ledger: at least once, a studio's rows in order, for as long as it takes.
 * Beside all work: nothing waits for it.
 */
export function startWebhook(studio: Studio, options: WebhookOptions = {}): AsyncDisposable {
  const { webhook } = studio.config;
  if (!webhook) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const { everyMs = 2_000, patienceMs = 15_000, afterS = 5, mostS = 3_600 } = options;
  const { db: { sql }, log } = studio;
  const ending = new AbortController();
  const closing = AbortSignal.any([studio.closing, ending.signal]);
  const me = crypto.randomUUID();
  // Longer than an answer may take: a turn is renewed before each message, and never lost while one is on its way.
  const turnS = patienceMs / 1000 * 2 + 10;

  /** Tells a studio's rows until there are no more, one is not taken, or others should have their turn. */
  async function tell(tenantId: string): Promise<void> {
    if (!await holdTurn(sql, tenantId, me, turnS)) return;
    let fault: string | null = null;
    try {
      for (const waiting of await nextMessages(sql, tenantId, IN_A_TURN)) {
        if (closing.aborted || !await holdTurn(sql, tenantId, me, turnS)) break;
        fault = await sendMessage(webhook!, messageOf(waiting), { patienceMs, closing });
        if (fault !== null) break;
        await forgetMessage(sql, waiting.id);
      }
    } finally {
      // Cut short by our own end is no failure of theirs.
      const failed = fault !== null && !closing.aborted ? { afterS, mostS } : null;
      await endTurn(sql, tenantId, me, failed);
    }
    if (fault !== null && !closing.aborted) {
      log.warn("The billing webhook did not take a message; it is sent again", {
        tenant: tenantId,
        why: fault,
      });
    }
  }

  const telling = new Map<string, Promise<void>>();
  async function look(): Promise<void> {
    const free = SIDE_BY_SIDE - telling.size;
    if (free <= 0) return;
    for (const tenantId of await dueStudios(sql, free)) {
      if (telling.has(tenantId) || closing.aborted) continue;
      telling.set(
        tenantId,
        tell(tenantId).catch((error) => {
          if (!closing.aborted) {
            log.warn("The billing webhook could not be served; it is tried again", { error });
          }
        }).finally(() => telling.delete(tenantId)),
      );
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking: Promise<void> = Promise.resolve();
  const again = () => {
    if (closing.aborted) return;
    timer = setTimeout(() => {
      looking = look().catch((error) => {
        if (!closing.aborted) log.warn("The billing webhook's messages could not be read", { error });
      }).finally(again);
    }, everyMs * (0.75 + Math.random() / 2));
  };
  again();
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      clearTimeout(timer);
      await looking;
      await Promise.all(telling.values());
    },
  };
}

/** The message of a row is the same however often it is sent, but for its time. */
function messageOf({ id, at, event_id, kind, amount, ...about }: Waiting) {
  const body = {
    type: "usage.recorded",
    timestamp: at.toISOString(),
    data: { id: String(event_id), ...about, kind, amount },
  };
  return { id: `msg_${id}`, timestamp: Math.floor(Date.now() / 1000), body: JSON.stringify(body) };
}

export { signMessage } from "./sign.ts";
export { backlog } from "./store.ts";

import { pause } from "../lease/backoff.ts";
import type { Policy } from "../policy/policy.ts";
import { readNews, writeNews } from "./files.ts";

/** Heartbeats in a row that must name the same version: while gateways are replaced one by one they name two by turns. */
const BEATS = 3;
/** Milliseconds after which a fetch that failed is asked for again. */
const AGAIN_MS = 600_000;

export interface UpdatesOptions {
  dataDir: string;
  /** This version; null: a clone of the repository, which is never updated from here. */
  own: string | null;
  /** Versions that did not start here, or are not begun with today: the launcher says which. */
  refused: readonly string[];
  policy(): Policy | null;
  say(sentence: string): void;
  /** Milliseconds between two looks at consent and fetch. */
  everyMs?: number;
}

export interface Updates extends AsyncDisposable {
  /** What a heartbeat said. */
  offered(digest: string): void;
  /** The owner's yes to what is offered. */
  agree(): Promise<void>;
  /** Aborted when the new version lies ready and this one should make way for it, once what runs is done. */
  ready: AbortSignal;
  /** For people: what is offered and what keeps it; null: nothing is. */
  news(): { sentence: string; asks: boolean } | null;
}

/** Follows the gateway's version: hears of it, asks its owner where the rules say so, has it fetched, and makes way for it. */
export async function openUpdates(options: UpdatesOptions): Promise<Updates> {
  const { dataDir, own } = options;
  const over = new AbortController();
  const ready = new AbortController();
  let [latest, beats] = ["", 0];
  let offer: string | null = null;
  let agreed = (await readNews(dataDir, "consent"))?.digest ?? null;
  let trouble = "";
  /** null: what an earlier process wrote still stands, and may be this version. */
  let told: string | null = null;
  let askedAt = -Infinity;

  async function follow(): Promise<void> {
    if (offer === null || ready.signal.aborted) return;
    agreed = (await readNews(dataDir, "consent"))?.digest ?? agreed;
    const { updates = "never" } = options.policy() ?? {};
    if (options.refused.includes(offer) || updates === "never" || updates === "ask" && agreed !== offer) {
      return;
    }
    const said = await readNews(dataDir, "fetched");
    // What an earlier process asked for may be gone again.
    const found = said?.digest === offer && Date.parse(said.at) >= askedAt && askedAt > 0 ? said : null;
    if (found?.ready) {
      options.say("The gateway's version of the agent is here; begins with it once what runs is done.");
      return ready.abort();
    }
    if (found) trouble = found.sentence;
    if (Date.now() - askedAt < (found ? AGAIN_MS : 60_000)) return;
    askedAt = Date.now();
    await writeNews(dataDir, "wanted", { digest: offer });
  }

  function news(): { sentence: string; asks: boolean } | null {
    if (offer === null) return null;
    const { updates = "never" } = options.policy() ?? {};
    if (options.refused.includes(offer)) {
      return {
        sentence:
          "The gateway has another version of the agent, which did not start here or came after too many others today. It stays with its own.",
        asks: false,
      };
    }
    if (ready.signal.aborted) {
      return { sentence: "Begins with the gateway's version once what runs is done.", asks: false };
    }
    if (updates === "never") {
      return {
        sentence: "The gateway has another version of the agent; the rules say never to take it.",
        asks: false,
      };
    }
    if (updates === "ask" && agreed !== offer) {
      return { sentence: "The gateway has another version of the agent. Take it: agent update", asks: true };
    }
    return {
      sentence: trouble
        ? `The gateway's version could not be fetched: ${trouble}`
        : "Fetches the gateway's version of the agent.",
      asks: false,
    };
  }

  const loop = (async () => {
    while (!over.signal.aborted && own !== null) {
      await pause(options.everyMs ?? 1_000, over.signal).catch(() => {});
      if (over.signal.aborted) return;
      await follow().catch(() => {});
      const { sentence, asks } = news() ?? { sentence: "", asks: false };
      if (sentence === told) continue;
      told = sentence;
      if (sentence) options.say(sentence);
      await writeNews(dataDir, "offer", { own, offered: offer, sentence, asks }).catch(() => {});
    }
  })();

  return {
    ready: ready.signal,
    news,
    offered(digest) {
      if (own === null) return;
      [latest, beats] = digest === latest ? [latest, beats + 1] : [digest, 1];
      if (beats < BEATS) return;
      offer = digest === own ? null : digest;
    },
    async agree() {
      if (offer === null) return;
      agreed = offer;
      await writeNews(dataDir, "consent", { digest: offer });
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await loop;
    },
  };
}

import type { AgentConfig } from "../config.ts";
import { openPower } from "../gpu/power.ts";
import { pause } from "../lease/backoff.ts";
import type { GatewayClient } from "../lease/client.ts";
import type { Look } from "../machine.ts";
import { readState } from "../models/files.ts";
import type { Board } from "../page/board.ts";
import { openPage } from "../page/server.ts";
import type { Rules } from "../policy/rules.ts";
import { openUpdates, type Updates } from "../update/updates.ts";
import { AGENT_VERSION } from "../version.ts";
import { modelsDirOf } from "../launch/models_dir.ts";
import type { CommandLine } from "./options.ts";

/** What the agent does beside its jobs. */
export interface Beside extends AsyncDisposable {
  /** With its key: for a terminal, not for a log. null: it has none. */
  pageUrl: string | null;
  updates: Updates;
  /** For the studio's people. */
  doing(): string | null;
  /** The machine as it was looked at last. */
  looked(look: Look): void;
}

export interface BesideOptions {
  line: CommandLine;
  config: AgentConfig;
  rules: Rules;
  board: Board;
  /** Dispatches `change` when the machine should be looked at: a model has come. */
  news: EventTarget;
  /** Whether a job is in hand. */
  working(): boolean;
}

/** The owner's page, the card's power, downloads and versions: each looks after itself until all are closed. */
export async function openBeside(
  { line, config, rules, board, news, working }: BesideOptions,
): Promise<Beside> {
  await using opened = new AsyncDisposableStack();
  const { dataDir } = line;
  const { say, trouble, settled } = board.reporter;
  let machine: Look | null = null;
  opened.use(
    await openPower({
      dataDir,
      // A game gets the card as it is.
      most: () => rules.verdict().take || working() ? rules.policy()?.power_limit_watts ?? null : null,
      say,
      trouble: (sentence) => trouble("power", sentence),
      settled: () => settled("power"),
    }),
  );
  const updates = opened.use(
    await openUpdates({
      dataDir,
      own: line.update.digest,
      refused: line.update.refused,
      policy: rules.policy,
      say,
    }),
  );
  const downloads = opened.use(followDownloads(dataDir, news));
  const page = await openPage(dataDir, {
    dataDir,
    name: config.name,
    gateway: config.gateway,
    version: AGENT_VERSION,
    board,
    verdict: rules.verdict,
    cards: () => machine?.facts.slots ?? [],
    cannot: () => machine?.facts.cannot ?? [],
    models: () => machine?.models ?? null,
    modelsDir: modelsDirOf({ line, config }),
    showPictures: () => rules.policy()?.show_pictures ?? false,
    update: () => updates.news(),
    agreeToUpdate: () => updates.agree(),
  }).catch((error) => {
    // Work goes on without it.
    trouble("page", `Its own page could not be opened: ${(error as Error).message}`);
    return null;
  });
  if (page) opened.use(page);
  const closing = opened.move();
  return {
    updates,
    pageUrl: page?.url ?? null,
    doing: () =>
      downloads.sentence() ?? (updates.ready.aborted ? "Updates itself once what runs is done." : null),
    looked: (look) => void (machine = look),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** What the downloader says of itself, and a look at the machine for each file that has come. */
function followDownloads(
  dataDir: string,
  news: EventTarget,
): AsyncDisposable & { sentence(): string | null } {
  const over = new AbortController();
  let sentence: string | null = null;
  let here: number | null = null;
  const loop = (async () => {
    while (!over.signal.aborted) {
      const state = await readState(dataDir).catch(() => null);
      const at = state?.over === false
        ? state.files.find(({ stage }) => stage === "fetching" || stage === "checking")
        : undefined;
      const share = at?.total ? `: ${Math.floor(at.done / at.total * 100)} %` : "";
      sentence = !at
        ? null
        : state!.waits
        ? `Download of ${at.key} waits: ${state!.waits}`
        : at.stage === "checking"
        ? `Checks ${at.key}`
        : `Downloads ${at.key}${share}`;
      const done = state?.files.filter(({ stage }) => stage === "done").length ?? 0;
      if (here !== null && done > here) news.dispatchEvent(new Event("change"));
      here = done;
      await pause(2_000, over.signal).catch(() => {});
    }
  })();
  return {
    sentence: () => sentence,
    async [Symbol.asyncDispose]() {
      over.abort();
      await loop;
    },
  };
}

/** The same client, which also shows its owner the pictures that go to the studio. */
export function withPictures(client: GatewayClient, board: Board): GatewayClient {
  return {
    ...client,
    preview(lease, jpeg, signal) {
      board.pictured(lease.split(".")[0]!, jpeg);
      return client.preview(lease, jpeg, signal);
    },
  };
}

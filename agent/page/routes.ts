import { z } from "zod";
import { openHistory } from "../history/log.ts";
import {
  digestWords,
  fetched,
  readState,
  readWanted,
  receivedSince,
  removeWanted,
  writeWanted,
} from "../models/files.ts";
import { notAgreed, notWanted } from "../models/choose.ts";
import type { ModelNeed } from "../models/needs.ts";
import { changePolicy, draftOf, PolicyMoved } from "../policy/change.ts";
import type { Verdict } from "../policy/may_work.ts";
import { readWish, writeWish } from "../policy/pause.ts";
import type { Board } from "./board.ts";

/** What the page shows and asks for, of the agent that it belongs to. */
export interface PageSource {
  dataDir: string;
  name: string;
  gateway: string;
  version: string;
  board: Board;
  verdict(): Verdict;
  cards(): { slot: string; name: string; vram_mb: number; capabilities: string[] }[];
  cannot(): { capability: string; sentence: string }[];
  /** null: not looked at yet. */
  models(): ModelNeed[] | null;
  /** ComfyUI's models folder; null: not known, so nothing can be fetched. */
  modelsDir: string | null;
  showPictures(): boolean;
  update(): { sentence: string; asks: boolean } | null;
  agreeToUpdate(): Promise<void>;
}

const MOST_BYTES = 64 * 1024;
const WishBody = z.strictObject({ wish: z.enum(["work", "pause", "pause_after_job"]) });
const PolicyBody = z.strictObject({ mark: z.string(), fields: z.record(z.string(), z.unknown()) });
const DownloadBody = z.strictObject({
  keys: z.array(z.string()).min(1).max(500),
  licences: z.array(z.string()).max(100),
});

/** A mistake of the person at the page. */
class Mistake extends Error {
  readonly status: number;
  constructor(message: string, status = 422) {
    super(message);
    this.status = status;
  }
}

/** What lies under /api. Whoever asks was let in by the guard. */
export async function answer(request: Request, source: PageSource): Promise<Response> {
  const { pathname } = new URL(request.url);
  try {
    const what = `${request.method} ${pathname}`;
    if (what === "GET /api/state") return Response.json(await stateOf(source));
    if (what === "GET /api/history") return Response.json(await historyOf(source));
    if (what === "GET /api/models") return Response.json(await modelsOf(source));
    if (what === "GET /api/policy") return Response.json(await draftOf(source.dataDir));
    if (request.method === "GET" && pathname.startsWith("/api/pictures/")) {
      return pictureOf(pathname.slice(14), source);
    }
    if (what === "PUT /api/policy") {
      const { mark, fields } = await bodyOf(request, PolicyBody);
      await changePolicy(source.dataDir, mark, fields);
      return Response.json(await draftOf(source.dataDir));
    }
    if (what === "PUT /api/wish") {
      await writeWish(source.dataDir, (await bodyOf(request, WishBody)).wish);
      return new Response(null, { status: 204 });
    }
    if (what === "PUT /api/download") {
      await wish(await bodyOf(request, DownloadBody), source);
      return new Response(null, { status: 204 });
    }
    if (what === "DELETE /api/download") {
      await removeWanted(source.dataDir);
      return new Response(null, { status: 204 });
    }
    if (what === "PUT /api/update") {
      await source.agreeToUpdate();
      return new Response(null, { status: 204 });
    }
    throw new Mistake("There is nothing here.", 404);
  } catch (error) {
    const status = error instanceof Mistake ? error.status : error instanceof PolicyMoved ? 409 : 422;
    return Response.json({ detail: (error as Error).message }, { status });
  }
}

async function stateOf(source: PageSource) {
  const { board } = source;
  const pictures = source.showPictures();
  return {
    name: source.name,
    gateway: source.gateway,
    version: source.version,
    wish: await readWish(source.dataDir),
    ...verdictOf(source),
    jobs: board.jobs().map(({ job, slot, title, project, progress, since }) => ({
      job,
      slot,
      title,
      project,
      ...progress,
      since,
      picture: pictures && board.picture(job) !== null,
    })),
    waits: board.waits(),
    troubles: board.troubles(),
    said: board.said(),
    cards: source.cards().map(({ capabilities, ...card }) => ({ ...card, can: capabilities.length })),
    update: source.update(),
  };
}

/** What its owner lets it do, and the studio. */
function verdictOf({ verdict, board }: PageSource): Verdict {
  const own = verdict();
  return own.take && board.inQuarantine()
    ? { ...own, take: false, sentence: "Gets no work: the studio keeps this machine in quarantine." }
    : own;
}

async function historyOf({ dataDir }: PageSource) {
  const log = openHistory(dataDir);
  const month = new Date(new Date().getFullYear(), new Date().getMonth(), 1);
  return {
    latest: (await log.since(new Date(0))).slice(-30).reverse(),
    months: await log.months(),
    downloaded_this_month: await receivedSince(dataDir, month),
  };
}

async function modelsOf(source: PageSource) {
  const { policy } = await draftOf(source.dataDir);
  const wanted = await readWanted(source.dataDir);
  return {
    files: source.models()?.filter(({ url }) => url !== undefined) ?? null,
    digests: Object.fromEntries((await fetched(source.dataDir)).map((line) => [line.key, digestWords(line)])),
    folder: source.modelsDir,
    allowed: policy?.models.download ?? false,
    licences: policy?.models.licences ?? [],
    wanted: wanted?.keys ?? [],
    downloads: await readState(source.dataDir),
    cannot: source.cannot().slice(0, 100),
  };
}

/** Written down for the launcher, once everything is agreed to: the agent itself fetches nothing. */
async function wish(body: z.infer<typeof DownloadBody>, source: PageSource): Promise<void> {
  const { policy, fault } = await draftOf(source.dataDir);
  if (!policy) throw new Mistake(`policy.json has to be mended first: ${fault}`);
  if (source.modelsDir === null) {
    throw new Mistake(
      "Where ComfyUI's models lie is not known: start the agent with --models DIR, or join with it.",
    );
  }
  const files = (source.models() ?? []).filter(({ key }) => body.keys.includes(key));
  if (files.length !== body.keys.length) {
    throw new Mistake("One of these files is none that a runner here needs.", 404);
  }
  for (const file of files) {
    const why = notWanted(file, policy);
    if (why) throw new Mistake(`${file.file} is not fetched: ${why}.`);
  }
  const [licence] = notAgreed(files, [...policy.models.licences, ...body.licences]).keys();
  if (licence) throw new Mistake(`Agree to the licence first: ${licence}`);
  await writeWanted(source.dataDir, { keys: body.keys, licences: body.licences });
}

function pictureOf(job: string, source: PageSource): Response {
  const jpeg = source.showPictures() ? source.board.picture(job) : null;
  if (!jpeg) throw new Mistake("There is no picture of it yet.", 404);
  return new Response(jpeg, { headers: { "content-type": "image/jpeg" } });
}

async function bodyOf<T extends z.ZodType>(request: Request, schema: T): Promise<z.infer<T>> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new Mistake("Send it as JSON.", 415);
  }
  const text = await request.text();
  if (text.length > MOST_BYTES) throw new Mistake("That is too long.", 413);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Mistake("That is no JSON.", 400);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Mistake(z.prettifyError(parsed.error), 400);
  return parsed.data;
}

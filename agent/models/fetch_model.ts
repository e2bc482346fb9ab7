import { dirname } from "@std/path";
import { z } from "zod";
import type { ModelFile } from "../../shared/runners/manifest.ts";
import { sizeOf } from "../../shared/runners/size.ts";
import { type Backoff, backoffMs, pause } from "../lease/backoff.ts";
import { reasonOf } from "../lease/client.ts";
import { isDiskFull } from "../lease/disk.ts";
import { type Brought, checkWhole, Mismatch, sizeFault } from "./check.ts";
import { NOTE, PARTIAL } from "./folder.ts";
import { firstBytesFault, ModelError, readReply } from "./reply.ts";
import { ask } from "./sources.ts";

export interface FetchOptions {
  signal: AbortSignal;
  /** `host:port` */
  mayReach(host: string): boolean | Promise<boolean>;
  /** For the source alone; null: none is there. */
  token: string | null;
  /** Resolves when bytes may flow; asked before each connection. */
  ready(signal: AbortSignal): Promise<void>;
  /** Asked at each piece: false ends the connection, and the rest comes when `ready` says so. */
  mayGoOn(): boolean;
  /** What speaks against so many more bytes on this disk; null: nothing. */
  noRoom(bytes: number): Promise<string | null>;
  /** Bytes that came over the wire, as they come. */
  received(bytes: number): void;
  /** Waits as long as so many bytes should take. */
  slow(bytes: number): Promise<void>;
  progress(done: number, total: number | null, stage: "fetching" | "checking"): void;
  /** The digest that this machine wrote down when it had the file from there before; null: it never had. Asked where nobody states one. */
  earlier?: string | null;
  /** It is all there and was checked, and gets its name once this has resolved. */
  whole?(brought: Brought): Promise<void>;
  /** Something went wrong, and it tries again. */
  trouble(sentence: string): void;
  backoff?: Backoff;
}

/** What the bytes beside are of: they are only continued from the very same file. */
const Note = z.object({
  url: z.string(),
  validator: z.string().nullable(),
  total: z.int().nullable(),
  sha256: z.string().nullable(),
});
type Note = z.infer<typeof Note>;

/** Connections in a row that brought nothing, and beginnings from the first byte, after which it is given up. */
const MOST_FAILURES = 8;
const MOST_BEGINNINGS = 5;
const SOURCE_BACKOFF: Backoff = { baseMs: 1_000, capMs: 60_000 };
/** Milliseconds of silence after which a connection counts as broken. */
const SILENCE_MS = 60_000;

/**
 * Brings one model file to `path`: going on where a broken connection stopped, checked before it gets its name. Until then it lies
 * beside as `<name>.part`. ModelError with a sentence; an abort leaves what is there for the next time.
 */
export async function fetchModel(model: ModelFile, path: string, options: FetchOptions): Promise<Brought> {
  const { url } = model;
  if (url === undefined) {
    throw new ModelError(`no source of ${model.file} is known: put it there by hand`, { final: true });
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  let [failures, beginnings, mismatches] = [0, 0, 0];
  const begins = () => {
    if (++beginnings > MOST_BEGINNINGS) {
      throw new ModelError(
        `${hostOf(url)} does not let a broken download go on, and it broke ${beginnings - 1} times`,
        {
          final: true,
        },
      );
    }
  };
  for (;;) {
    await options.ready(options.signal);
    const before = await bytesAt(path);
    try {
      const note = await receive(model, url, path, begins, options);
      if (note === null) continue;
      options.progress(note.total ?? before, note.total, "checking");
      const brought = await checkWhole(model, path + PARTIAL, note, options);
      // Before it has its name: a file whose digest nobody wrote down could be another the next time.
      await options.whole?.(brought);
      await Deno.rename(path + PARTIAL, path);
      await Deno.remove(path + NOTE).catch(() => {});
      return brought;
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof Paused) continue;
      if (error instanceof Mismatch) await discard(path);
      if (isDiskFull(error)) {
        await giveBack(path);
        throw new ModelError("the disk is full", { final: true, cause: error });
      }
      if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
        throw new ModelError(`it cannot be written to ${dirname(path)}: ${error.message}`, {
          final: true,
          cause: error,
        });
      }
      if (error instanceof ModelError && error.final || error instanceof Mismatch && ++mismatches >= 2) {
        throw error;
      }
      failures = await bytesAt(path) > before ? 1 : failures + 1;
      const sentence = error instanceof ModelError ? error.message : reasonOf(error);
      if (failures >= MOST_FAILURES) throw new ModelError(sentence, { final: false, cause: error });
      options.trouble(sentence);
      await pause(backoffMs(failures, options.backoff ?? SOURCE_BACKOFF), options.signal);
    }
  }
}

/** Bytes that a download takes back of what it has when it has filled the disk. */
const GIVEN_BACK = 8 * 1024 ** 2;

/** On a disk without a byte left nobody can write down why it stands still, nor work; what is cut off comes again. */
async function giveBack(path: string): Promise<void> {
  const size = await bytesAt(path);
  await Deno.truncate(path + PARTIAL, Math.max(0, size - GIVEN_BACK)).catch(() => {});
}

/** The owner's rules say: not now. */
class Paused extends Error {}

/** One connection. The note of the whole file once it is all there; null: what lay there was of another, and is gone. */
async function receive(
  model: ModelFile,
  url: string,
  path: string,
  begins: () => void,
  options: FetchOptions,
): Promise<Note | null> {
  let note = await readNote(path, url);
  const at = note ? await bytesAt(path) : 0;
  if (note && note.total !== null && at === note.total) return note;
  const connection = new AbortController();
  const signal = AbortSignal.any([options.signal, connection.signal]);
  const watch = silence(() =>
    connection.abort(new ModelError("nothing has come for a minute", { final: false }))
  );
  try {
    const { response, sha256, size } = await ask(url, {
      ...options,
      signal,
      headers: at > 0 && note?.validator ? { range: `bytes=${at}-`, "if-range": note.validator } : {},
    });
    if (response.status !== 200 && response.status !== 206) {
      await response.body?.cancel();
      // What lies here does not fit what is there: begun anew.
      if (response.status === 416) {
        begins();
        return await discard(path);
      }
      throw refused(response.status, model, url, options.token !== null);
    }
    const said = bodyless(response, () => readReply(response, at));
    if (
      said === null ||
      said.from > 0 && note &&
        (said.total !== null && said.total !== note.total || moved(note, said.validator))
    ) {
      await response.body?.cancel();
      begins();
      return await discard(path);
    }
    const total = said.total ?? size;
    const fault = sizeFault(model, total, size);
    // A source that does not say how long its answer is: what the manifest knows has to have room.
    const more = (total ?? sizeOf(model)?.bytes ?? 0) - said.from;
    const noRoom = fault ?? await options.noRoom(more);
    if (noRoom !== null) {
      await response.body?.cancel();
      throw new ModelError(noRoom, { final: true });
    }
    note = {
      url,
      validator: said.validator ?? note?.validator ?? null,
      total,
      sha256: sha256 ?? note?.sha256 ?? null,
    };
    if (said.from === 0) {
      begins();
      note.validator = said.validator;
      note.sha256 = sha256;
      await writeNote(path, note);
    }
    await append(model, path, said.from, note, response, options, watch.heard);
    return note;
  } catch (error) {
    if (connection.signal.aborted && !options.signal.aborted) throw connection.signal.reason;
    throw error;
  } finally {
    watch.end();
  }
}

async function append(
  model: ModelFile,
  path: string,
  from: number,
  note: Note,
  response: Response,
  options: FetchOptions,
  heard: () => void,
): Promise<void> {
  let at = from;
  using file = await Deno.open(path + PARTIAL, { create: true, write: true, truncate: from === 0 });
  await file.seek(from, Deno.SeekMode.Start);
  for await (const piece of response.body ?? []) {
    heard();
    const fault = at === 0 ? firstBytesFault(model.file, piece) : null;
    if (fault) {
      await discard(path);
      throw new ModelError(`${fault}: ${hostOf(note.url)} sends something else`, { final: true });
    }
    if (note.total !== null && at + piece.length > note.total) {
      await discard(path);
      throw new ModelError("it sends more than the file's size", { final: false });
    }
    for (let sent = 0; sent < piece.length;) sent += await file.write(piece.subarray(sent));
    at += piece.length;
    options.received(piece.length);
    options.progress(at, note.total, "fetching");
    if (!options.mayGoOn()) throw new Paused();
    await options.slow(piece.length);
    heard();
  }
  if (note.total !== null && at < note.total) {
    throw new ModelError(`the connection ended after ${at} of ${note.total} bytes`, { final: false });
  }
  await file.sync();
  if (note.total === null) await writeNote(path, { ...note, total: at });
}

function refused(status: number, model: ModelFile, url: string, token: boolean): ModelError {
  const host = hostOf(url);
  if (status === 401 || status === 403) {
    const page = /^https:\/\/huggingface\.co\/[^/]+\/[^/]+/.exec(url)?.[0] ?? `https://${host}`;
    const sentence = token
      ? `${host} refuses the token: accept the terms of ${model.file} at ${page} with the account it belongs to, and let it read gated files`
      : `${host} gives ${model.file} only to who accepted its terms: accept them at ${page}, make a read token in that account's settings, and put it into HF_TOKEN or the file hf_token in the agent's folder`;
    return new ModelError(sentence, { final: true });
  }
  if (status === 404 || status === 410) {
    return new ModelError(`${host} does not have it any more (${status})`, { final: true });
  }
  return new ModelError(`${host} answers ${status}`, {
    final: status < 500 && status !== 408 && status !== 429,
  });
}

/** A reply that cannot be used shall not go on arriving. */
function bodyless<T>(response: Response, read: () => T): T {
  try {
    return read();
  } catch (error) {
    response.body?.cancel().catch(() => {});
    throw error;
  }
}

function moved(note: Note, validator: string | null): boolean {
  return validator !== null && note.validator !== null && validator !== note.validator;
}

function silence(over: () => void): { heard(): void; end(): void } {
  let timer = setTimeout(over, SILENCE_MS);
  const end = () => clearTimeout(timer);
  return {
    end,
    heard() {
      end();
      timer = setTimeout(over, SILENCE_MS);
    },
  };
}

async function readNote(path: string, url: string): Promise<Note | null> {
  const text = await Deno.readTextFile(path + NOTE).catch(() => "null");
  try {
    const note = Note.safeParse(JSON.parse(text));
    return note.success && note.data.url === url ? note.data : null;
  } catch {
    return null;
  }
}

async function writeNote(path: string, note: Note): Promise<void> {
  await Deno.writeTextFile(`${path}${NOTE}.new`, JSON.stringify(note));
  await Deno.rename(`${path}${NOTE}.new`, path + NOTE);
}

async function discard(path: string): Promise<null> {
  for (const end of [PARTIAL, NOTE]) await Deno.remove(path + end).catch(() => {});
  return null;
}

async function bytesAt(path: string): Promise<number> {
  return await Deno.stat(path + PARTIAL).then((info) => info.size, () => 0);
}

function hostOf(url: string): string {
  return new URL(url).host;
}

import { basename, join } from "@std/path";
import type { z } from "zod";
import type { LeaseInput } from "../../shared/agents/protocol.ts";
import { type Backoff, backoffMs, GATEWAY_BACKOFF, pause } from "./backoff.ts";
import { notPermitted } from "./client.ts";
import { digestFile } from "./digest.ts";
import { isDiskFull } from "./disk.ts";
import { JobFailure } from "./executor.ts";

type Input = z.infer<typeof LeaseInput>;

/** Tries per file before the job is handed back as `transient`: by then its URLs may have run out. */
const TRIES = 6;

/**
 * Downloads a job's inputs into `folder`, each once, checked by size and SHA-256, going on where a broken connection
 * stopped. The map is by input name. Rejects with JobFailure: `transient` when the store cannot be reached, `invalid`
 * when what it has is not what was promised.
 */
export async function fetchInputs(
  inputs: readonly Input[],
  folder: string,
  options: { signal: AbortSignal; progress(done: number, total: number): void; backoff?: Backoff },
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  if (inputs.length === 0) return paths;
  await Deno.mkdir(folder, { recursive: true });
  const total = new Map(inputs.map((input) => [input.oid, input.size])).values().reduce(
    (sum, size) => sum + size,
    0,
  );
  const have = new Map<string, string>();
  let done = 0;
  for (const input of inputs) {
    const path = have.get(input.oid) ??
      join(folder, `${input.oid.slice(0, 16)}_${safeName(input.file_name)}`);
    if (!have.has(input.oid)) {
      const before = done;
      await fetchOne(input, path, options, (received) => options.progress(before + received, total));
      done += input.size;
      have.set(input.oid, path);
    }
    paths.set(input.name, path);
  }
  return paths;
}

async function fetchOne(
  input: Input,
  path: string,
  options: { signal: AbortSignal; backoff?: Backoff },
  received: (bytes: number) => void,
): Promise<void> {
  let [mismatches, missing] = [0, 0];
  for (let attempt = 1;; attempt++) {
    try {
      await download(input, path, options.signal, received);
      const found = await digestFile(path, options.signal);
      if (found.oid === input.oid && found.size === input.size) return;
      await Deno.remove(path);
      if (++mismatches >= 2) {
        throw new JobFailure(
          "invalid",
          `The stored file ${input.file_name} is not the one the job names: its checksum differs.`,
          {
            detail: `expected ${input.oid} (${input.size} bytes), got ${found.oid} (${found.size} bytes)`,
          },
        );
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof JobFailure || isDiskFull(error)) throw error;
      // Twice, as a store may be behind its own news; but what was deleted is not awaited.
      if (error instanceof NotThere && ++missing >= 2) {
        throw new JobFailure(
          "invalid",
          `${input.file_name} is not in the store any more: it was deleted after the job was asked for. ` +
            "Choose another take, or make it again.",
          { cause: error },
        );
      }
      const forbidden = notPermitted(input.url, error);
      if (forbidden) throw new JobFailure("agent", forbidden, { cause: error, fault: "none" });
      if (attempt >= TRIES) {
        throw new JobFailure(
          "transient",
          `Cannot download ${input.file_name} for this job: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
    }
    await pause(backoffMs(attempt, options.backoff ?? GATEWAY_BACKOFF), options.signal);
  }
}

class NotThere extends Error {}

/** Appends to what is there, by Range; a store that ignores Range sends everything, and the file starts again. */
async function download(
  input: Input,
  path: string,
  signal: AbortSignal,
  received: (bytes: number) => void,
): Promise<void> {
  let at = await Deno.stat(path).then((info) => info.size, () => 0);
  if (at === input.size) return;
  if (at > input.size) at = 0;
  const response = await fetch(input.url, {
    headers: at > 0 ? { range: `bytes=${at}-` } : {},
    signal: AbortSignal.any([signal, AbortSignal.timeout(60 * 60 * 1000)]),
  });
  if (response.status !== 206 && response.status !== 200) {
    await response.body?.cancel();
    // 416: what lies here does not fit what is there.
    if (response.status === 416) await Deno.remove(path);
    if (response.status === 404 || response.status === 410) throw new NotThere("the store has no such file");
    throw new Error(`the store answered ${response.status}`);
  }
  if (response.status === 200) at = 0;
  // What has another length is no such file but a page in its place: none of it shall lie here, to be gone on from.
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  if (length !== null && Number(length) !== input.size - at) {
    await response.body?.cancel();
    const much = Number(length) > input.size - at ? "more" : "less";
    throw new Error(
      `the store sends ${much} than the file's size: ${length} bytes where ${input.size - at} were due`,
    );
  }
  using file = await Deno.open(path, { create: true, write: true, truncate: at === 0 });
  await file.seek(at, Deno.SeekMode.Start);
  for await (const piece of response.body ?? []) {
    if (at + piece.length > input.size) throw new Error("the store sent more than the file's size");
    for (let sent = 0; sent < piece.length;) sent += await file.write(piece.subarray(sent));
    at += piece.length;
    received(at);
  }
  if (at < input.size) throw new Error(`the connection ended after ${at} of ${input.size} bytes`);
}

/** The last part of a foreign name, with nothing that any file system treats specially, and short in any encoding. */
export function safeName(name: string): string {
  const last = basename(name.replaceAll("\\", "/"));
  return [...last.replace(/[^\p{L}\p{N}._-]/gu, "_")].slice(-48).join("").replace(/^\.+/, "_") || "file";
}

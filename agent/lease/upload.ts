import { BatchResponse } from "../../shared/lfs/batch.ts";
import type { BatchAction } from "../../shared/lfs/batch.ts";
import { MULTIPART } from "../../shared/lfs/multipart.ts";
import { notPermitted, reasonOf, TOO_LARGE } from "./client.ts";
import { type Backoff, backoffMs, GATEWAY_BACKOFF, pause } from "./backoff.ts";
import { sendParts } from "./parts.ts";
import { putFile } from "./put.ts";

export interface Upload {
  path: string;
  oid: string;
  /** Bytes. */
  size: number;
}

/** The gateway or the store understood the upload and will not have it: repeating does not help. */
export class UploadRefused extends Error {
  override name = "UploadRefused";
  /** The gateway no longer accepts the lease's authorization: the job has ended or went to another. */
  readonly leaseOver: boolean;
  /** Not even a second try is worth its time. */
  readonly final: boolean;
  constructor(message: string, options?: ErrorOptions & { leaseOver?: boolean; final?: boolean }) {
    super(message, options);
    this.leaseOver = options?.leaseOver ?? false;
    this.final = this.leaseOver || (options?.final ?? false);
  }
}

const LFS = "application/vnd.git-lfs+json";

/** Refusals in a row (4xx) before an upload is given up: a presigned URL that ran out is renewed by the next batch. */
const REFUSALS = 4;

/**
 * Stores a file under its oid in the lease's project: LFS batch, PUT to where it says, verify. What the store already
 * has is not sent again. Tries for ever while gateway or store cannot be reached; rejects with UploadRefused when they
 * refuse, and with the signal's reason when aborted.
 */
export async function upload(
  file: Upload,
  lfs: { url: string; authorization: string },
  options: {
    signal: AbortSignal;
    sent?(bytes: number): void;
    /** Said once per failed try. */
    trouble?(sentence: string): void;
    backoff?: Backoff;
  },
): Promise<void> {
  let refusals = 0;
  for (let attempt = 1;; attempt++) {
    try {
      return await tryOnce(file, lfs, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof UploadRefused && (error.final || ++refusals >= REFUSALS)) throw error;
      if (!(error instanceof UploadRefused)) refusals = 0;
      options.trouble?.((error as Error).message);
    }
    await pause(backoffMs(attempt, options.backoff ?? GATEWAY_BACKOFF), options.signal);
  }
}

async function tryOnce(
  file: Upload,
  lfs: { url: string; authorization: string },
  options: { signal: AbortSignal; sent?(bytes: number): void },
): Promise<void> {
  const reply = await post(`${lfs.url}/objects/batch`, { authorization: lfs.authorization }, {
    operation: "upload",
    transfers: [MULTIPART, "basic"],
    hash_algo: "sha256",
    objects: [{ oid: file.oid, size: file.size }],
  }, options.signal);
  const parsed = BatchResponse.safeParse(reply);
  const object = parsed.data?.objects.find(({ oid }) => oid === file.oid);
  if (!object) throw new Error("the gateway's LFS batch answer cannot be read");
  if (object.error) throw new UploadRefused(`The gateway refused the upload: ${object.error.message}`);
  // No upload action: the store has these bytes already (an earlier try, or the same frame twice).
  if (object.actions?.upload) await put(file, object.actions.upload, options);
  if (object.actions?.multipart) {
    await sendParts(file, object.actions.multipart.href, {
      ...options,
      post: (url, body) => post(url, { authorization: lfs.authorization }, body, options.signal),
      put: (action, part, sent) => put(file, action, { signal: options.signal, sent }, part),
    });
  }
  options.sent?.(file.size);
  const verify = object.actions?.verify;
  if (verify) {
    await post(verify.href, verify.header ?? {}, { oid: file.oid, size: file.size }, options.signal);
  }
}

async function put(
  file: Upload,
  action: BatchAction,
  options: { signal: AbortSignal; sent?(bytes: number): void },
  part: { start?: number; size: number } = { size: file.size },
): Promise<void> {
  let answer: { status: number; body: string };
  try {
    answer = await putFile(action.href, file.path, {
      ...part,
      header: action.header ?? {},
      signal: options.signal,
      sent: (bytes) => options.sent?.(bytes),
    });
  } catch (error) {
    options.signal.throwIfAborted();
    const forbidden = notPermitted(action.href, error);
    if (forbidden) throw new UploadRefused(forbidden, { cause: error, final: true });
    if (isMissing(error)) {
      throw new UploadRefused(`The finished file ${file.path} is gone from the agent's disk.`, {
        cause: error,
      });
    }
    throw new Error(`Cannot upload to the store at ${new URL(action.href).host}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  const page = isPage(answer);
  if (answer.status >= 200 && answer.status < 300 && !page) return;
  const said = `The store at ${new URL(action.href).host} answered ${answer.status} to the upload: ${
    oneLine(answer.body)
  }`;
  // No store answers with a page: that was something between here and there.
  throw page || retryable(answer.status) ? new Error(said) : new UploadRefused(said);
}

async function post(
  url: string,
  header: Record<string, string>,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { accept: LFS, "content-type": LFS, ...header },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(120_000)]),
    });
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    const forbidden = notPermitted(url, error);
    if (forbidden) throw new UploadRefused(forbidden, { cause: error, final: true });
    throw new Error(`Cannot reach the gateway for the upload: ${reasonOf(error)}`, { cause: error });
  }
  const said = `The gateway answered ${response.status} to the upload: ${oneLine(text)}`;
  const value = jsonOf(text);
  if (response.ok && value !== undefined) return value;
  // A page of something between here and there is no word of the gateway's: neither stored nor refused.
  const elsewhere = response.status >= 300 && response.status < 400;
  if ((value === undefined || elsewhere) && !TOO_LARGE.includes(response.status)) {
    throw new Error(
      `${said}. That is not the gateway's own word: is there a proxy, or a network that wants a sign-in?`,
    );
  }
  if (retryable(response.status)) throw new Error(said);
  throw new UploadRefused(said, { leaseOver: [401, 403, 404, 409].includes(response.status) });
}

/** undefined: it is none. Nothing at all says as much as an empty object. */
function jsonOf(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a browser would be shown, or sent to; stores answer with nothing, or with XML. */
function isPage({ status, body }: { status: number; body: string }): boolean {
  return /^\s*<(!doctype\s+html|html)\b/i.test(body) || (status >= 300 && status < 400 && !body.trim());
}

function retryable(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ENOENT";
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 300) || "(nothing more)";
}

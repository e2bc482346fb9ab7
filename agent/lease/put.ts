import { createReadStream } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { pipeline } from "node:stream/promises";

/** Milliseconds without a byte moving before an upload counts as broken. */
const STALL_MS = 120_000;

/**
 * PUTs a file from disk with exactly the given headers plus Content-Length. Not with `fetch`: its streamed bodies are
 * sent chunked, which S3 refuses for presigned PUTs, and a file read whole does not fit in memory.
 */
export async function putFile(
  href: string,
  path: string,
  options: {
    /** Bytes that are sent. */
    size: number;
    /** Where in the file they begin. @default 0 */
    start?: number;
    header: Record<string, string>;
    signal: AbortSignal;
    sent(bytes: number): void;
  },
): Promise<{ status: number; body: string }> {
  options.signal.throwIfAborted();
  const url = new URL(href);
  // Asked first: node's client never answers when Deno denies it the connection.
  const host = `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
  if ((await Deno.permissions.query({ name: "net", host })).state !== "granted") {
    throw new Deno.errors.NotCapable(`Requires net access to "${host}"`);
  }
  const open = url.protocol === "https:" ? tlsRequest : plainRequest;
  const headers = { ...options.header, "content-length": String(options.size) };
  const outgoing = open(url, { method: "PUT", headers, signal: options.signal });
  outgoing.setTimeout(STALL_MS, () => outgoing.destroy(new Error("the upload stood still for two minutes")));

  const answer = new Promise<{ status: number; body: string }>((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => body.length < 4_000 && (body += piece));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.once("error", reject);
    });
  });
  let bytes = 0;
  const { start = 0, size } = options;
  const file = createReadStream(path, {
    start,
    ...(size ? { end: start + size - 1 } : {}),
    highWaterMark: 256 * 1024,
  });
  file.on("data", (piece) => options.sent(bytes += piece.length));
  // A store may refuse before the last byte (403, 413): its answer says more than the broken pipe does.
  const sending = pipeline(file, outgoing).catch((error) => {
    if (options.signal.aborted) throw options.signal.reason;
    return error as Error;
  });
  const [outcome, failure] = await Promise.all([answer.catch((error: Error) => error), sending]);
  if (!(outcome instanceof Error)) return outcome;
  options.signal.throwIfAborted();
  throw failure ?? outcome;
}

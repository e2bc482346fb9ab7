import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { S3Refusal } from "./s3_errors.ts";

/** The bytes could not be read; `cause` is why. Not the connection, which then breaks off too. */
export class SourceError extends Error {
  override name = "SourceError";
}

/**
 * PUTs a stream with the Content-Length that its headers name. `fetch` sends streams in chunks of unknown total, which S3
 * refuses; the SDK's own streaming upload never ends under Deno.
 *
 * Errors: SourceError when the stream failed; S3Refusal when the answer is not 2xx.
 */
export async function sendPut(
  href: string,
  header: Record<string, string>,
  body: ReadableStream<Uint8Array>,
  stallMs: number,
): Promise<void> {
  const send = href.startsWith("https:") ? secure : plain;
  const request = send(href, { method: "PUT", headers: header });
  request.setTimeout(stallMs, () => request.destroy(new Error(`no byte moved for ${stallMs / 1000} s`)));
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => text = (text + part).slice(0, 4000));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.once("error", reject);
    });
  });
  // A store that refuses answers before it has read everything: its answer says more than the broken pipe.
  const sent = pipeline(Readable.from(reading(body), { objectMode: false }), request).then(
    () => null,
    (error) => error as Error,
  );
  const answer = await Promise.race([
    answered.catch((error) => error as Error),
    sent.then((failed) => failed ?? answered.catch((error) => error as Error)),
  ]);
  const failed = await sent;
  if (answer instanceof Error) throw answer;
  if (answer.status >= 200 && answer.status < 300) {
    if (failed) throw failed;
    return;
  }
  const code = /<Code>(\w+)<\/Code>/.exec(answer.text)?.[1] ?? `HTTP ${answer.status}`;
  throw new S3Refusal(code, answer.status, `PUT answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

async function* reading(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const part = await reader.read().catch((cause) => {
        throw new SourceError("The bytes to send could not be read", { cause });
      });
      if (part.done) return;
      yield part.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

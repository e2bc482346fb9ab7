import { type Message, signMessage } from "./sign.ts";

/** Taken when null; else why not, in words for the log. Whoever hangs is given up after so many milliseconds. */
export async function sendMessage(
  { url, secret }: { url: string; secret: string },
  message: Message,
  { patienceMs, closing }: { patienceMs: number; closing: AbortSignal },
): Promise<string | null> {
  const late = AbortSignal.timeout(patienceMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "generative-media-studio",
        "webhook-id": message.id,
        "webhook-timestamp": String(message.timestamp),
        "webhook-signature": signMessage(secret, message),
      },
      body: message.body,
      // Usage is told to whom the operator named, and nobody else.
      redirect: "manual",
      signal: AbortSignal.any([late, closing]),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    return response.status >= 300 && response.status < 400
      ? `it answered ${response.status}, and redirects are not followed`
      : `it answered ${response.status}`;
  } catch (error) {
    return late.aborted
      ? `it did not answer within ${Math.round(patienceMs / 1000)} s`
      : (error as Error).message;
  }
}

import { createHmac } from "node:crypto";

/**
 * The signature of a message by the Standard Webhooks specification (github.com/standard-webhooks): HMAC-SHA-256 over id, time
 * (Unix seconds) and body, joined by full stops.
 *
 * @param secret `whsec_` and Base64
 */
export function signMessage(secret: string, { id, timestamp, body }: Message): string {
  const key = Uint8Array.fromBase64(secret.slice("whsec_".length));
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

export interface Message {
  id: string;
  /** Unix seconds. */
  timestamp: number;
  body: string;
}

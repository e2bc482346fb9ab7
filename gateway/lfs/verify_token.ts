import type { Pointer } from "../../shared/lfs/pointer.ts";

/** The header that carries it, in the `verify` action of an upload. */
export const VERIFY_HEADER = "X-Studio-Verify";

/**
 * What an upload's verify call shows instead of the uploader's own credentials: good for one object of one project. Those
 * never appear in an answer, so that no client can send them on to a storage host.
 */
export async function signVerify(
  key: CryptoKey,
  projectId: string,
  pointer: Pointer,
  expiresS: number,
): Promise<string> {
  const expires = Math.floor(Date.now() / 1000) + expiresS;
  const signature = await crypto.subtle.sign("HMAC", key, signedText(projectId, pointer, expires));
  return `${expires}.${new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

export async function checkVerify(
  key: CryptoKey,
  projectId: string,
  pointer: Pointer,
  token: string,
): Promise<boolean> {
  const match = /^(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(token);
  if (!match || Number(match[1]) * 1000 <= Date.now()) return false;
  const signature = Uint8Array.fromBase64(match[2]!, { alphabet: "base64url" });
  return await crypto.subtle.verify("HMAC", key, signature, signedText(projectId, pointer, Number(match[1])));
}

function signedText(projectId: string, { oid, size }: Pointer, expires: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(["lfs-verify", projectId, oid, size, expires]));
}

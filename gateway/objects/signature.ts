/** What a URL of the disk store allows: one method on one key until a time, and for a PUT only these bytes. */
export interface Grant {
  method: "GET" | "PUT";
  key: string;
  /** Unix seconds. */
  expires: number;
  oid?: string;
  size?: number;
  fileName?: string;
  contentType?: string;
}

/** The grant as a query string, signed with HMAC-SHA-256. */
export async function signGrant(key: CryptoKey, grant: Grant): Promise<string> {
  const query = new URLSearchParams({ exp: String(grant.expires) });
  if (grant.method === "PUT") {
    query.set("oid", grant.oid!);
    query.set("size", String(grant.size!));
  }
  if (grant.fileName !== undefined) query.set("name", grant.fileName);
  if (grant.contentType !== undefined) query.set("type", grant.contentType);
  const signature = await crypto.subtle.sign("HMAC", key, signedText(grant));
  query.set("sig", new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true }));
  return query.toString();
}

/** Reads a grant back; null when it was not signed by us for this method and key. Whether it has run out is for the caller. */
export async function readGrant(
  key: CryptoKey,
  request: { method: "GET" | "PUT"; key: string; query: URLSearchParams },
): Promise<Grant | null> {
  const { method, query } = request;
  const number = (name: string) => /^\d{1,16}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : null;
  const expires = number("exp");
  const size = number("size");
  if (expires === null || (method === "PUT" && size === null)) return null;
  const grant: Grant = { method, key: request.key, expires };
  if (method === "PUT") Object.assign(grant, { oid: query.get("oid") ?? "", size });
  if (query.has("name")) grant.fileName = query.get("name")!;
  if (query.has("type")) grant.contentType = query.get("type")!;
  let signature: Uint8Array<ArrayBuffer>;
  try {
    signature = Uint8Array.fromBase64(query.get("sig") ?? "", { alphabet: "base64url" });
  } catch {
    return null;
  }
  return await crypto.subtle.verify("HMAC", key, signature, signedText(grant)) ? grant : null;
}

/** JSON keeps the fields apart; the first word keeps these signatures apart from the other uses of the same key. */
function signedText(grant: Grant): Uint8Array<ArrayBuffer> {
  const { method, key, expires, oid, size, fileName, contentType } = grant;
  return new TextEncoder().encode(
    JSON.stringify([
      "object-url",
      method,
      key,
      expires,
      oid ?? null,
      size ?? null,
      fileName ?? null,
      contentType ?? null,
    ]),
  );
}

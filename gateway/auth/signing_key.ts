import type { Sql } from "../db/mod.ts";

const NAME = "signing_key";

/** The key that all gateways of this database share; whoever is first makes it, the others read it. */
export async function loadSigningKey(sql: Sql): Promise<CryptoKey> {
  const fresh = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  await sql`insert into settings (key, value) values (${NAME}, ${fresh}) on conflict (key) do nothing`;
  const [row] = await sql<{ value: string }[]>`select value from settings where key = ${NAME}`;
  return await crypto.subtle.importKey(
    "raw",
    Uint8Array.fromBase64(row!.value),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
}

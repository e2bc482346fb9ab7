/** Beside the code of an agent that its gateway served: which version it is. A clone of the repository has none. */
export const VERSION_FILE = "version.json";

/**
 * What tells one version of the agent from another: SHA-256 (hex) over the names and SHA-256 of all its files, ordered by name,
 * {@link VERSION_FILE} aside. Gateway and agent reckon it each for itself.
 */
export async function packageDigest(
  files: readonly { path: string; bytes: Uint8Array<ArrayBuffer> }[],
): Promise<string> {
  const lines = await Promise.all(
    files.filter(({ path }) => path !== VERSION_FILE).map(async ({ path, bytes }) =>
      `${path}\0${await sha256(bytes)}\n`
    ),
  );
  return await sha256(new TextEncoder().encode(lines.toSorted().join("")));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

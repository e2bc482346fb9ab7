/** One request as it came over the wire. */
export interface Seen {
  path: string;
  headers: Map<string, string>;
}

/** How a source answers: what it writes, byte by byte, before it closes the connection. */
export type Answer = (
  seen: Seen,
  write: (what: string | Uint8Array) => Promise<void>,
) => Promise<void> | void;

/** A server that says exactly what a test lets it say, lies included: over plain TCP, as no HTTP library would send such things. */
export function openSource(answer: Answer): AsyncDisposable & { url: string; host: string; seen: Seen[] } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: Seen[] = [];
  const { port } = listener.addr as Deno.NetAddr;
  const open = new Set<Promise<void>>();
  const loop = (async () => {
    for await (const connection of listener) {
      const served = serve(connection, answer, seen).finally(() => open.delete(served));
      open.add(served);
    }
  })().catch(() => {});
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      listener.close();
      await loop;
      await Promise.all(open);
    },
  };
}

async function serve(connection: Deno.TcpConn, answer: Answer, all: Seen[]): Promise<void> {
  try {
    const seen = await readRequest(connection);
    if (!seen) return;
    all.push(seen);
    await answer(seen, async (what) => {
      const bytes = typeof what === "string" ? new TextEncoder().encode(what) : what;
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    });
  } catch {
    // Whoever asked has hung up.
  } finally {
    try {
      connection.close();
    } catch {
      // It is closed.
    }
  }
}

async function readRequest(connection: Deno.TcpConn): Promise<Seen | null> {
  let text = "";
  const piece = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(piece);
    if (read === null) return null;
    text += new TextDecoder().decode(piece.subarray(0, read));
  }
  const [first, ...lines] = text.split("\r\n\r\n")[0]!.split("\r\n");
  const headers = lines.map((line) =>
    [line.split(":")[0]!.toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const
  );
  return { path: first!.split(" ")[1]!, headers: new Map(headers) };
}

/** The head of an answer; the connection closes after it, unless a length is told. */
export function head(status: number, headers: Record<string, string | number>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\nconnection: close\r\n${lines.join("")}\r\n`;
}

/** As good sources do it: ranges, If-Range, a strong ETag. `cut`: bytes after which the connection breaks. */
export async function serveFile(
  seen: Seen,
  write: (what: string | Uint8Array) => Promise<void>,
  file: { bytes: Uint8Array; etag: string; cut?: number },
): Promise<void> {
  const { bytes, etag } = file;
  const range = /^bytes=(\d+)-$/.exec(seen.headers.get("range") ?? "");
  const from = range && seen.headers.get("if-range") === etag ? Number(range[1]) : 0;
  const part = bytes.subarray(from);
  await write(head(from > 0 ? 206 : 200, {
    etag,
    "content-type": "application/octet-stream",
    "content-length": part.length,
    ...(from > 0 ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  }));
  await write(file.cut === undefined ? part : part.subarray(0, file.cut));
}

import { createHash } from "node:crypto";

/** What the hub has at `/<org>/<repo>/resolve/main/<path>`. */
export interface HubFile {
  bytes: Uint8Array;
  /**
   * In Git LFS: the hub states its SHA-256 and sends on to another host, whose ETag looks like one and is none (Xet's). Else it sends it
   * itself, with Git's own digest as ETag.
   */
  lfs: boolean;
  /** What it states, where that is not what it sends. */
  states?: string;
}

export interface Hub extends AsyncDisposable {
  url: string;
  /** `host:port` of the hub, and of where it sends us. */
  hosts: string[];
  files: Map<string, HubFile>;
  /** Bytes after which the next answer breaks. */
  cutNext: number | null;
  /** Of each request for bytes, what it asked for. */
  ranges: (string | null)[];
  /** Authorization that came to where the bytes are. */
  leaked: string[];
}

const digest = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest("hex");

/** Answers as huggingface.co does, over HTTP at two addresses: the hub, and where it keeps what is large. */
export function openHub(): Hub {
  const files = new Map<string, HubFile>();
  const hub: Omit<Hub, typeof Symbol.asyncDispose> = {
    ...{ url: "", hosts: [], files, cutNext: null, ranges: [], leaked: [] },
  };
  const cdn = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const token = request.headers.get("authorization");
    if (token) hub.leaked.push(token);
    const file = files.get(new URL(request.url).pathname);
    return file
      ? bytesOf(file, request, `"${digest("sha512", file.bytes).slice(0, 64)}"`)
      : new Response(null, { status: 403 });
  });
  const front = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const path = new URL(request.url).pathname;
    const file = files.get(path);
    if (!file) {
      return new Response("Entry not found", { status: 404, headers: { "x-error-code": "EntryNotFound" } });
    }
    const commit = { "x-repo-commit": "c".repeat(40) };
    if (!file.lfs) {
      const response = bytesOf(file, request, `"${digest("sha1", file.bytes)}"`);
      for (const [name, value] of Object.entries(commit)) response.headers.set(name, value);
      return response;
    }
    return new Response(null, {
      status: 302,
      headers: {
        ...commit,
        location: `http://127.0.0.1:${cdn.addr.port}${path}?X-Amz-Signature=abc`,
        "x-linked-etag": `"${file.states ?? digest("sha256", file.bytes)}"`,
        "x-linked-size": String(file.bytes.length),
        "accept-ranges": "bytes",
      },
    });
  });
  hub.url = `http://127.0.0.1:${front.addr.port}`;
  hub.hosts = [front, cdn].map(({ addr }) => `127.0.0.1:${addr.port}`);
  return Object.assign(hub, {
    async [Symbol.asyncDispose]() {
      await front.shutdown();
      await cdn.shutdown();
    },
  });

  function bytesOf({ bytes }: HubFile, request: Request, etag: string): Response {
    hub.ranges.push(request.headers.get("range"));
    const asked = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1];
    const from = asked && request.headers.get("if-range") === etag ? Number(asked) : 0;
    const part = bytes.subarray(from);
    const cut = hub.cutNext;
    hub.cutNext = null;
    const body = cut === null ? part.slice() : new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(part.slice(0, cut)),
      pull: (stream) => stream.close(),
    }, { highWaterMark: 0 });
    return new Response(body, {
      status: from > 0 ? 206 : 200,
      headers: {
        etag,
        "content-type": "binary/octet-stream",
        "content-length": String(part.length),
        "accept-ranges": "bytes",
        ...(from > 0 ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
      },
    });
  }
}

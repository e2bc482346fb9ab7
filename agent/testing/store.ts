import { createHash } from "node:crypto";
import { BatchRequest } from "../../shared/lfs/batch.ts";

export interface TestStore {
  objects: Map<string, Uint8Array>;
  /** Every PUT, GET, batch and verify that came, as it came. */
  log: {
    what: "batch" | "put" | "get" | "verify";
    oid: string;
    headers: Record<string, string>;
    bytes: number;
  }[];
  put(bytes: Uint8Array): { oid: string; size: number };
  has(oid: string): boolean;
  getUrl(oid: string): string;
  /** null when the request is not for the store. */
  handle(request: Request): Promise<Response | null>;
}

/**
 * LFS batch, verify and the presigned URLs of one bucket. Refuses, like S3, bytes that are not what was signed, and,
 * like the gateway, the authorization of a lease that `holds` no more.
 */
export function createStore(origin: () => string, holds: (lease: string) => boolean): TestStore {
  const store: TestStore = {
    objects: new Map(),
    log: [],
    put(bytes) {
      const oid = sha256(bytes);
      store.objects.set(oid, bytes);
      return { oid, size: bytes.length };
    },
    has: (oid) => store.objects.has(oid),
    getUrl: (oid) => `${origin()}/bucket/${oid}?signature=get`,
    async handle(request) {
      const { pathname } = new URL(request.url);
      const headers = Object.fromEntries(request.headers);
      const oid = /^\/bucket\/([0-9a-f]{64})$/.exec(pathname)?.[1];
      if (oid && request.method === "PUT") return await receive(oid, request, headers);
      if (oid) return send(oid, request, headers);
      if (pathname.endsWith("/info/lfs/objects/batch")) return await batch(request, headers);
      if (pathname.endsWith("/info/lfs/verify")) return await verify(request, headers);
      return null;
    },
  };
  return store;

  async function batch(request: Request, headers: Record<string, string>): Promise<Response> {
    const lease = /^Bearer lease-(.+)$/.exec(headers.authorization ?? "")?.[1];
    if (!lease || !holds(lease)) return Response.json({ message: "over" }, { status: 409 });
    const { objects } = BatchRequest.parse(await request.json());
    return Response.json({
      transfer: "basic",
      objects: objects.map(({ oid, size }) => {
        store.log.push({ what: "batch", oid, headers, bytes: size });
        const checksum = btoa(String.fromCharCode(...oid.match(/../g)!.map((pair) => parseInt(pair, 16))));
        const upload = {
          href: `${origin()}/bucket/${oid}?signature=put`,
          header: { "x-amz-checksum-sha256": checksum, "content-type": "application/octet-stream" },
        };
        const verify = {
          href: `${origin()}/git/t/p.git/info/lfs/verify`,
          header: { authorization: headers.authorization! },
        };
        return { oid, size, actions: store.objects.has(oid) ? {} : { upload, verify } };
      }),
    });
  }

  async function receive(oid: string, request: Request, headers: Record<string, string>): Promise<Response> {
    // As S3 answers a presigned PUT that was sent chunked.
    if (!headers["content-length"]) return new Response("<Code>MissingContentLength</Code>", { status: 411 });
    if (!headers["x-amz-checksum-sha256"]) {
      return new Response("<Code>SignatureDoesNotMatch</Code>", { status: 403 });
    }
    const bytes = new Uint8Array(await request.arrayBuffer());
    store.log.push({ what: "put", oid, headers, bytes: bytes.length });
    if (createHash("sha256").update(bytes).digest("hex") !== oid) {
      return new Response("<Code>BadDigest</Code>", { status: 400 });
    }
    store.objects.set(oid, bytes);
    return new Response(null, { status: 200 });
  }

  function send(oid: string, request: Request, headers: Record<string, string>): Response {
    const bytes = store.objects.get(oid);
    store.log.push({ what: "get", oid, headers, bytes: bytes?.length ?? 0 });
    if (!bytes) return new Response("<Code>NoSuchKey</Code>", { status: 404 });
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    const body = bytes.slice(from) as Uint8Array<ArrayBuffer>;
    return new Response(body, { status: from > 0 ? 206 : 200 });
  }

  async function verify(request: Request, headers: Record<string, string>): Promise<Response> {
    const { oid, size } = await request.json() as { oid: string; size: number };
    store.log.push({ what: "verify", oid, headers, bytes: size });
    return new Response(null, { status: store.objects.get(oid)?.length === size ? 200 : 422 });
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

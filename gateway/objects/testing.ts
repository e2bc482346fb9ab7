import { createHash } from "node:crypto";
import { Hono } from "hono";
import { bucketMissing, startBucket } from "../../deploy/testing/bucket.ts";
import { createLog, problemResponse } from "../http/mod.ts";
import type { Env, Studio } from "../studio.ts";
import { openDiskStore } from "./disk.ts";
import type { ObjectStore } from "./mod.ts";
import { openS3Store } from "./s3.ts";

export interface TestStore extends AsyncDisposable {
  store: ObjectStore;
  /** Folder of the objects; null when they are elsewhere. */
  folder: string | null;
}

/** The disk store behind a real port, as the gateway mounts it. */
export async function openTestDisk(dataDir?: string): Promise<TestStore> {
  const folder = dataDir ?? await Deno.makeTempDir({ prefix: "studio-objects-" });
  const signingKey = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
  const config = { dataDir: folder, publicUrl: null as string | null };
  const store = openDiskStore(
    { config, auth: { signingKey: () => Promise.resolve(signingKey) } } as unknown as Studio,
  );
  const app = new Hono<Env>();
  const log = createLog({ write: () => {} });
  app.use((c, next) => {
    c.set("log", log);
    return next();
  });
  app.onError((error, c) => problemResponse(c, error));
  app.route("/objects", store.routes()!);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  config.publicUrl = `http://127.0.0.1:${server.addr.port}`;
  return {
    store,
    folder: `${folder}/objects`,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await store[Symbol.asyncDispose]();
      if (!dataDir) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The S3 store on a bucket of its own of a real S3 server. */
export async function openTestS3(options: { pageSize?: number } = {}): Promise<TestStore> {
  const bucket = await startBucket();
  const store = openS3Store({
    bucket: bucket.bucket,
    endpoint: bucket.endpoint,
    region: bucket.region,
    credentials: { accessKeyId: bucket.accessKey, secretAccessKey: bucket.secretKey },
    ...options,
  });
  await store.selfTest();
  return {
    store,
    folder: null,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await bucket[Symbol.asyncDispose]();
    },
  };
}

/** Why the S3 tests are skipped on this machine; printed once for each file that has some. */
export async function s3Skipped(): Promise<boolean> {
  const why = await bucketMissing();
  if (why) console.warn(`Skipped: ${why}`);
  return why !== null;
}

export interface Made {
  bytes: Uint8Array<ArrayBuffer>;
  oid: string;
  size: number;
  key: string;
}

/** Bytes with their oid and a key under a project's prefix. */
export function make(content: string | Uint8Array<ArrayBuffer>, project = "p1"): Made {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const oid = createHash("sha256").update(bytes).digest("hex");
  return {
    bytes,
    oid,
    size: bytes.length,
    key: `tenants/t1/projects/${project}/lfs/${oid.slice(0, 2)}/${oid}`,
  };
}

/** PUTs under a signed URL as its holder would. */
export async function upload(
  to: { href: string; header: Record<string, string> },
  body: Uint8Array<ArrayBuffer>,
): Promise<{ status: number; text: string }> {
  const response = await fetch(to.href, { method: "PUT", headers: to.header, body });
  return { status: response.status, text: await response.text() };
}

export async function readAll(
  got: { stream: ReadableStream<Uint8Array> } | null,
): Promise<Uint8Array<ArrayBuffer> | null> {
  return got &&
    new Uint8Array(await new Response(got.stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

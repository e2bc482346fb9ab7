import { createHash } from "node:crypto";
import type { BatchObject } from "../../shared/lfs/batch.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import { startBucket, TEST_KEYS } from "../../deploy/testing/bucket.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { startLaxBucket } from "../objects/lax_bucket.ts";
import { type As, openTestStudio, type TestStudio } from "../testing/studio.ts";
import { LFS_JSON } from "./errors.ts";

/** `lax`: an S3 server that checks nothing. */
export type StoreKind = "disk" | "S3" | "lax";

/** A studio that listens, with a project; objects on disk, or in a bucket of a real S3 server. */
export interface LfsStory extends AsyncDisposable {
  test: TestStudio;
  project: ProjectRow;
  baseUrl: string;
}

export async function openLfsStory(
  kind: StoreKind = "disk",
  more: Record<string, string> = {},
): Promise<LfsStory> {
  await using opened = new AsyncDisposableStack();
  let env: Record<string, string> = {};
  if (kind === "S3") {
    const bucket = opened.use(await startBucket());
    env = { S3_BUCKET: bucket.bucket, S3_ENDPOINT: bucket.endpoint, S3_REGION: bucket.region };
    giveCredentials();
  } else if (kind === "lax") {
    env = { S3_BUCKET: "lax", S3_ENDPOINT: opened.use(startLaxBucket()).endpoint };
    giveCredentials();
  }
  const test = opened.use(await openTestStudio({ env: { ...env, ...more } }));
  const baseUrl = await test.serve();
  const project = await test.makeProject();
  const stack = opened.move();
  return { test, project, baseUrl, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The SDK reads them from the process, as in a real deployment. */
function giveCredentials(): void {
  Deno.env.set("AWS_ACCESS_KEY_ID", TEST_KEYS.accessKey);
  Deno.env.set("AWS_SECRET_ACCESS_KEY", TEST_KEYS.secretKey);
}

export function infoLfs(project: ProjectRow): string {
  return `/git/${project.tenant_slug}/${project.slug}.git/info/lfs`;
}

export interface Answer {
  status: number;
  type: string | null;
  headers: Headers;
  // deno-lint-ignore no-explicit-any -- what a client reads
  body: any;
}

/** One call of the LFS API, as git-lfs 3.x makes it. */
export async function lfs(
  { test, project }: { test: TestStudio; project: ProjectRow },
  path: string,
  body: unknown,
  options: { as?: As; header?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await test.request(`${infoLfs(project)}/${path}`, {
    method: "POST",
    headers: { Accept: LFS_JSON, "Content-Type": `${LFS_JSON}; charset=utf-8`, ...options.header },
    body: typeof body === "string" ? body : JSON.stringify(body),
  }, options.as);
  const { status, headers } = response;
  return { status, headers, type: headers.get("content-type"), body: await response.json() };
}

export function pointerOf(content: string | Uint8Array): Pointer & { bytes: Uint8Array<ArrayBuffer> } {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
  return { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, bytes };
}

export function plain({ oid, size }: Pointer): Pointer {
  return { oid, size };
}

/** Announces objects, uploads what is asked for through the actions' own URLs and headers, and verifies it. */
export async function push(
  story: LfsStory,
  contents: (string | Uint8Array)[],
  as: As = "owner",
): Promise<Pointer[]> {
  const pointers = contents.map(pointerOf);
  const { body } = await lfs(story, "objects/batch", { operation: "upload", objects: pointers.map(plain) }, {
    as,
  });
  await Promise.all((body.objects as BatchObject[]).map(async (object, at) => {
    if (!object.actions) return;
    await follow(object, pointers[at]!.bytes);
  }));
  return pointers.map(plain);
}

/** What git-lfs does with an upload's actions: nobody's credentials but those in the headers. */
export async function follow(
  { oid, size, actions }: BatchObject,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { upload, verify } = actions!;
  await expectOk(await fetch(upload!.href, { method: "PUT", headers: upload!.header, body: bytes }));
  await expectOk(
    await fetch(verify!.href, {
      method: "POST",
      headers: { "Content-Type": LFS_JSON, Accept: LFS_JSON, ...verify!.header },
      body: JSON.stringify({ oid, size }),
    }),
  );
}

async function expectOk(response: Response): Promise<void> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
}

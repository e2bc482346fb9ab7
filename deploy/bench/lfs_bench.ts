import { createHash } from "node:crypto";
import type { BatchObject, BatchResponse } from "../../shared/lfs/batch.ts";
import { figuresOf, measure, ms, rate, type Sample, table } from "./measure.ts";
import { openGiftless } from "./giftless.ts";
import { openServedStudio } from "./served_studio.ts";

const FILES = 200;
const SIZE = 5 * 1000 * 1000;
/** As many as git-lfs has under way. */
const AT_ONCE = 8;

interface Server {
  name: string;
  /** `…/info/lfs` */
  lfs: string;
  header: Record<string, string>;
}

/** 200 files of 5 MB into and out of the studio's LFS and giftless's, on the same disk, by the same client. */
export async function lfsBench(databaseUrl: string, python: string | null, folder: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const studio = stack.use(await openServedStudio(databaseUrl, `${folder}/studio`));
  const servers: Server[] = [{
    name: "studio (hashes and syncs each file)",
    lfs: `${await studio.project("Bench")}/info/lfs`,
    header: { authorization: `Bearer ${studio.token}` },
  }];
  if (python) {
    const giftless = stack.use(await openGiftless(python, folder));
    servers.push({
      name: "giftless 0.6 (neither)",
      lfs: `${giftless.url}/bench/film.git/info/lfs`,
      header: {},
    });
  }
  const files = makeFiles(FILES, SIZE);
  for (const server of servers) await upload(server, makeFiles(20, 1000));
  const rows: string[][] = [];
  // The disk's caches are warm for the second one: they take turns, file by file of halves.
  const samples = servers.map(() => ({ up: [] as Sample[], down: [] as Sample[] }));
  for (const half of [files.slice(0, FILES / 2), files.slice(FILES / 2)]) {
    for (const [at, server] of servers.entries()) samples[at]!.up.push(await upload(server, half));
  }
  for (const half of [files.slice(0, FILES / 2), files.slice(FILES / 2)]) {
    for (const [at, server] of servers.entries()) samples[at]!.down.push(await download(server, half));
  }
  for (const way of ["up", "down"] as const) {
    const ours = figuresOf(samples[0]![way]).perSecond;
    for (const [at, { name }] of servers.entries()) {
      const { perSecond, p50, p99 } = figuresOf(samples[at]![way]);
      const megabytes = rate(perSecond * SIZE / 1e6);
      rows.push([
        `${way === "up" ? "upload" : "download"}: ${name}`,
        megabytes,
        ms(p50),
        ms(p99),
        `${(ours / perSecond).toFixed(2)} x`,
      ]);
    }
  }
  console.log(
    `\nLFS: ${FILES} files of 5 MB, ${AT_ONCE} at once\n${
      table([["", "MB/s", "p50 ms", "p99 ms", "studio is"], ...rows])
    }`,
  );
}

interface File {
  oid: string;
  size: number;
  bytes(): Uint8Array<ArrayBuffer>;
}

function makeFiles(count: number, size: number): File[] {
  const base = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(base.subarray(at, Math.min(size, at + 65_536)));
  }
  return Array.from({ length: count }, (_, number) => {
    const bytes = () => {
      const copy = base.slice();
      new DataView(copy.buffer).setUint32(0, number);
      return copy;
    };
    return { oid: createHash("sha256").update(bytes()).digest("hex"), size, bytes };
  });
}

/** A batch of the whole, then each file: PUT and verify. */
async function upload(server: Server, files: File[]): Promise<Sample> {
  const objects = await batch(server, "upload", files);
  const waiting = objects.map((object, at) => ({ ...object, file: files[at]! }));
  return await measure({ workers: AT_ONCE, calls: files.length }, async () => {
    const object = waiting.pop();
    if (!object) return false;
    const { upload, verify } = object.actions!;
    await ok(fetch(upload!.href, { method: "PUT", headers: upload!.header, body: object.file.bytes() }));
    const { oid, size } = object;
    await ok(fetch(verify!.href, {
      method: "POST",
      headers: {
        "content-type": "application/vnd.git-lfs+json",
        accept: "application/vnd.git-lfs+json",
        ...verify!.header,
      },
      body: JSON.stringify({ oid, size }),
    }));
    return true;
  });
}

async function download(server: Server, files: File[]): Promise<Sample> {
  const waiting = await batch(server, "download", files);
  return await measure({ workers: AT_ONCE, calls: files.length }, async () => {
    const object = waiting.pop();
    if (!object) return false;
    const { href, header } = object.actions!.download!;
    let size = 0;
    for await (const chunk of (await fetch(href, { headers: header })).body!) size += chunk.length;
    if (size !== object.size) throw new Error(`${object.oid} came with ${size} bytes`);
    return true;
  });
}

async function batch({ lfs, header }: Server, operation: string, files: File[]): Promise<BatchObject[]> {
  const answer = await fetch(`${lfs}/objects/batch`, {
    method: "POST",
    headers: {
      "content-type": "application/vnd.git-lfs+json",
      accept: "application/vnd.git-lfs+json",
      ...header,
    },
    body: JSON.stringify({
      operation,
      transfers: ["basic"],
      objects: files.map(({ oid, size }) => ({ oid, size })),
    }),
  });
  if (!answer.ok) throw new Error(`${lfs} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json() as BatchResponse).objects;
}

async function ok(asked: Promise<Response>): Promise<void> {
  const answer = await asked;
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`);
}

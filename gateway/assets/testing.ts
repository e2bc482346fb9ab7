import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { FileAsset } from "../../shared/assets/asset.ts";
import type { BatchResponse } from "../../shared/lfs/batch.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { As, TestStudio } from "../testing/studio.ts";

/** A whole, grey PNG; `seed` makes it another file of the same size. */
export function png(width: number, height: number, seed = 0): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = new Uint8Array((width + 1) * height).fill(seed & 0xff);
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0;
  return concat([
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(deflateSync(rows))),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = concat([new TextEncoder().encode(name), data]);
  const whole = new Uint8Array(body.length + 8);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(body, 4);
  view.setUint32(body.length + 4, crc32(body));
  return whole;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function concat(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** As a browser does it: batch, PUT, verify. */
export async function upload(
  test: TestStudio,
  project: ProjectRow,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Pointer> {
  const pointer = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
  const base = `/git/${project.tenant_slug}/${project.slug}.git/info/lfs`;
  const answer = await test.request(`${base}/objects/batch`, {
    method: "POST",
    json: { operation: "upload", transfers: ["basic"], objects: [pointer] },
  });
  const { objects } = await answer.json() as BatchResponse;
  const actions = objects[0]?.actions;
  if (!actions?.upload) return pointer;
  const put = await test.request(actions.upload.href, {
    method: "PUT",
    body: bytes,
    headers: actions.upload.header ?? {},
  }, "nobody");
  if (!put.ok) throw new Error(`PUT answered ${put.status}: ${await put.text()}`);
  const verified = await test.request(`${base}/verify`, { method: "POST", json: pointer });
  if (!verified.ok) throw new Error(`verify answered ${verified.status}: ${await verified.text()}`);
  return pointer;
}

export async function fileAsset(
  test: TestStudio,
  project: ProjectRow,
  body: FileAsset,
  as?: As,
): Promise<Response> {
  return await test.request(`/api/projects/${project.id}/assets`, { method: "POST", json: body }, as);
}

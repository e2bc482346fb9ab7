import { type Asset, type FileAsset, OWN_THUMBNAIL } from "../../../shared/assets/asset.ts";
import type { BatchResponse } from "../../../shared/lfs/batch.ts";
import type { Pointer } from "../../../shared/lfs/pointer.ts";
import type { Project } from "../../../shared/api/project.ts";
import { callAt } from "../../api.ts";
import { createSha256 } from "./sha256.ts";

export interface UploadOptions {
  signal: AbortSignal;
  /** How far it is, 0 to 1: first it is read through, then it is sent. */
  progress: (what: "reading" | "sending", part: number) => void;
}

/** Bytes read at once: a few milliseconds of work, and all of a file that is in memory at a time. */
const PIECE = 1024 * 1024;

/**
 * A file into the project's store and then under 01_Assets: hashed here, sent straight to where the gateway says, verified,
 * filed. What the store has already is not sent again. Throws a sentence, or the signal's reason.
 */
export async function uploadAsset(
  project: Project,
  file: Blob,
  as: Pick<FileAsset, "folder" | "name">,
  options: UploadOptions,
): Promise<Asset> {
  const pointer = { oid: await sha256(file, options), size: file.size };
  await send(project, file, pointer, options);
  const path = `/api/projects/${project.id}/assets`;
  const asset = await callAt<Asset>("POST", path, { ...as, ...pointer }, { signal: options.signal });
  // Before anybody asks for it. A picture that cannot be made small is filed all the same, and shown by its name.
  if (asset.size > OWN_THUMBNAIL && asset.thumbnail_url) {
    await smaller(file).then((jpeg) => callAt("PUT", asset.thumbnail_url!, jpeg)).catch(() => {});
  }
  return asset;
}

/** Pixels of a thumbnail's longer side: as agents make posters. */
const SIDE = 512;

async function smaller(file: Blob): Promise<Blob> {
  const whole = await createImageBitmap(file);
  try {
    const scale = Math.min(1, SIDE / Math.max(whole.width, whole.height));
    const canvas = new OffscreenCanvas(
      Math.max(1, Math.round(whole.width * scale)),
      Math.max(1, Math.round(whole.height * scale)),
    );
    const context = canvas.getContext("2d")!;
    context.imageSmoothingQuality = "high";
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.82 });
  } finally {
    whole.close();
  }
}

async function send(project: Project, file: Blob, pointer: Pointer, options: UploadOptions): Promise<void> {
  // The page's own origin: the studio may be called otherwise in `git_url`.
  const lfs = `${new URL(project.git_url).pathname}/info/lfs`;
  const batch = await callAt<BatchResponse>("POST", `${lfs}/objects/batch`, {
    operation: "upload",
    transfers: ["basic"],
    objects: [pointer],
  }, { signal: options.signal });
  const object = batch.objects[0];
  if (!object || object.error) throw new Error(object?.error?.message ?? "The store took no upload.");
  const upload = object.actions?.upload;
  if (!upload) return;
  await put(upload.href, upload.header ?? {}, file, options);
  await callAt("POST", `${lfs}/verify`, pointer, { signal: options.signal });
}

/** XMLHttpRequest, since `fetch` says nothing about how far an upload is. */
function put(
  href: string,
  header: Record<string, string>,
  file: Blob,
  { signal, progress }: UploadOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open("PUT", href);
    for (const [name, value] of Object.entries(header)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) =>
      progress("sending", event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () =>
      request.status < 300
        ? resolve()
        : reject(new Error(`The store refused the file (${request.status}); try again.`));
    request.onerror = () =>
      reject(
        new Error(
          "The store does not answer; the file was not sent. Try again; should the studio's files have moved, load the page anew first.",
        ),
      );
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    request.send(file);
  });
}

async function sha256(file: Blob, { signal, progress }: UploadOptions): Promise<string> {
  const hash = createSha256();
  for (let at = 0; at < file.size; at += PIECE) {
    hash.update(await bytesOf(file.slice(at, at + PIECE)));
    signal.throwIfAborted();
    progress("reading", Math.min(1, (at + PIECE) / file.size));
  }
  return hash.digest();
}

async function bytesOf(piece: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await piece.arrayBuffer());
  } catch (cause) {
    throw new Error("The file cannot be read any more: was it moved or changed? Drop it again.", { cause });
  }
}

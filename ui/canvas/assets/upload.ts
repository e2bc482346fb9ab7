import { type Asset, type FileAsset, OWN_THUMBNAIL } from "../../../shared/assets/asset.ts";
import type { BatchResponse } from "../../../shared/lfs/batch.ts";
import type { Pointer } from "../../../shared/lfs/pointer.ts";
import type { Project } from "../../../shared/api/project.ts";
import { callAt } from "../../api.ts";

export interface UploadOptions {
  signal: AbortSignal;
  /** 0 to 1 of the bytes sent. */
  progress: (part: number) => void;
}

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
  const pointer = { oid: await sha256(file), size: file.size };
  options.signal.throwIfAborted();
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
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () =>
      request.status < 300
        ? resolve()
        : reject(new Error(`The store refused the file (${request.status}); try again.`));
    request.onerror = () => reject(new Error("The store does not answer; the file was not sent. Try again."));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    request.send(file);
  });
}

async function sha256(file: Blob): Promise<string> {
  if (!crypto.subtle) {
    throw new Error(
      "This browser hashes files only on a secure page: open the studio by https or as localhost.",
    );
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

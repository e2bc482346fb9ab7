import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Parts, Unfinished } from "./mod.ts";
import { asProblem } from "./s3_errors.ts";

interface Bucket {
  bucket: string;
  endpoint: string | null;
  /** Before every key. */
  prefix?: string;
  longestLinkS?: number;
  settings?: string;
}

/** Multipart uploads of S3, each part under a presigned URL with its own SHA-256. */
export function s3Parts(client: S3Client, options: Bucket): Parts {
  const Bucket = options.bucket;
  const at = (key: string) => `${options.prefix ?? ""}${key}`;
  const failed = (doing: string) => (error: unknown): never => {
    throw asProblem(error, doing, options);
  };
  return {
    async begin(key) {
      const command = new CreateMultipartUploadCommand({
        Bucket,
        Key: at(key),
        ContentType: "application/octet-stream",
        ChecksumAlgorithm: "SHA256",
      });
      const { UploadId } = await client.send(command).catch(failed(`begin the upload of ${key}`));
      if (!UploadId) throw new Error("The object store gave no id for an upload in parts");
      return UploadId;
    },
    async list(key, id) {
      const parts = await listParts(client, Bucket, at(key), id).catch((error) =>
        isGone(error) ? null : failed(`look at the parts of ${key}`)(error)
      );
      return parts && new Map(parts.map((part) => [part.PartNumber!, part.Size ?? 0]));
    },
    async signedPart(key, id, { number, size, sha256 }, expiresS) {
      const checksum = Uint8Array.fromHex(sha256).toBase64();
      const command = new UploadPartCommand({
        Bucket,
        Key: at(key),
        UploadId: id,
        PartNumber: number,
        ContentLength: size,
        ChecksumSHA256: checksum,
      });
      const href = await getSignedUrl(client, command, {
        expiresIn: Math.min(expiresS, options.longestLinkS ?? expiresS),
        // In the query string S3 ignores it (aws-sdk-js-v3#4448).
        unhoistableHeaders: new Set(["x-amz-checksum-sha256"]),
        signableHeaders: new Set(["host", "content-length", "x-amz-checksum-sha256"]),
      });
      return { href, header: { "x-amz-checksum-sha256": checksum } };
    },
    async complete(key, id) {
      const doing = `put the parts of ${key} together`;
      const parts = await listParts(client, Bucket, at(key), id).catch(failed(doing));
      const command = new CompleteMultipartUploadCommand({
        Bucket,
        Key: at(key),
        UploadId: id,
        MultipartUpload: {
          Parts: parts.map(({ PartNumber, ETag, ChecksumSHA256 }) => ({ PartNumber, ETag, ChecksumSHA256 })),
        },
      });
      await client.send(command).catch(failed(doing));
    },
    async abort(key, id) {
      const command = new AbortMultipartUploadCommand({ Bucket, Key: at(key), UploadId: id });
      await client.send(command).catch((error) => {
        if (!isGone(error)) failed(`give up the upload of ${key}`)(error);
      });
    },
  };
}

/** Uploads in parts that were begun and not ended. */
export async function* s3Unfinished(
  client: S3Client,
  options: Bucket,
  prefix: string,
): AsyncGenerator<Unfinished> {
  const { bucket, prefix: before = "" } = options;
  let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: before + prefix, ...from });
    const page = await client.send(command).catch((error) => {
      throw asProblem(error, `list the uploads of ${prefix}`, options);
    });
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined) continue;
      const parts = await listParts(client, bucket, Key, UploadId).catch(() => []);
      const size = parts.reduce((sum, part) => sum + (part.Size ?? 0), 0);
      yield { key: Key.slice(before.length), id: UploadId, size, begun: Initiated ?? new Date() };
    }
    if (!page.IsTruncated) return;
    from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

async function listParts(client: S3Client, bucket: string, key: string, id: string): Promise<Part[]> {
  const parts: Part[] = [];
  let marker: string | undefined;
  for (;;) {
    const page = await client.send(
      new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: id, PartNumberMarker: marker }),
    );
    parts.push(...page.Parts ?? []);
    if (!page.IsTruncated) return parts.sort((a, b) => a.PartNumber! - b.PartNumber!);
    marker = page.NextPartNumberMarker;
  }
}

/** It was completed, given up, or its bucket's rules have cleared it away. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.name === "NoSuchUpload";
}

import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { checked, requireOwnKey } from "./checked.ts";
import { attachment } from "./disposition.ts";
import type { ObjectStore } from "./mod.ts";
import { asProblem, isForbidden, isMissing } from "./s3_errors.ts";
import { s3Parts, s3Unfinished } from "./s3_parts.ts";
import { sendPut, SourceError } from "./send.ts";
import { selfTest } from "./trial.ts";

export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface S3Options {
  bucket: string;
  /** Null: Amazon's own endpoint of the region. Given: any S3-compatible server, addressed path-style. */
  endpoint: string | null;
  region: string;
  /** The SDK's own chain (environment, profile, instance role) when not given. */
  credentials?: S3Keys | (() => Promise<S3Keys & { expiration?: Date }>);
  /** Before every key; empty, or ends in a slash. */
  prefix?: string;
  /** That it refuses wrong bytes was found out before; else `selfTest()` finds it out. */
  checksumsEnforced?: boolean;
  /** What to check when it refuses. @default the gateway's variables */
  settings?: string;
  /** Seconds that a signed URL works at most, where the credentials last no longer. */
  longestLinkS?: number;
  /** Bytes that one PUT takes. @default 5 GiB, which is Amazon's limit */
  largestPut?: number;
  /** Keys that one request of a list brings. @default the store's own, 1000 */
  pageSize?: number;
}

/** Amazon's limit of one PUT, bytes. */
const LARGEST_PUT = 5 * 1024 ** 3;
/** SigV4 signs for at most seven days. */
const LONGEST_S = 7 * 24 * 3600;

/** Without a byte moving in this time a connection to the store counts as broken. */
const STALL_MS = 60_000;

/** Objects in an S3 bucket: bytes go straight between it and whoever holds a presigned URL. */
export function openS3Store(options: S3Options): ObjectStore {
  const Bucket = options.bucket;
  const client = new S3Client({
    region: options.region,
    ...(options.endpoint ? { endpoint: options.endpoint, forcePathStyle: true } : {}),
    ...(options.credentials ? { credentials: options.credentials } : {}),
    requestHandler: { connectionTimeout: 5000, socketTimeout: STALL_MS },
    // The SDK's own CRC32 would be the checksum of an empty body in a presigned PUT, and its checksum mode a header in a GET.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  // A checksum that the store merely repeats is worth nothing; whether it checks them is found out by selfTest().
  let checksumsTrusted = options.checksumsEnforced ?? false;
  const at = (key: string) => `${options.prefix ?? ""}${key}`;
  const longestS = Math.min(LONGEST_S, options.longestLinkS ?? LONGEST_S);
  // Whoever may list a part of a bucket only is told 403 of what is not there.
  const isAbsent = async (error: unknown, key: string) => {
    if (isMissing(error)) return true;
    if (!isForbidden(error)) return false;
    for await (const found of list(client, options, key)) if (found.key === key) return false;
    return true;
  };

  const store: ObjectStore = {
    kind: "s3",
    origins: [originOf(options)],
    of: () => Promise.resolve(store),
    originsOf: () => Promise.resolve(store.origins),
    longestLinkS: options.longestLinkS ?? null,
    async head(key) {
      try {
        const command = new HeadObjectCommand({ Bucket, Key: at(key), ChecksumMode: "ENABLED" });
        const { ContentLength, ChecksumSHA256, ChecksumType } = await client.send(command);
        const whole = ChecksumType !== "COMPOSITE" && ChecksumSHA256 && !ChecksumSHA256.includes("-");
        const sha256 = checksumsTrusted && whole ? Uint8Array.fromBase64(ChecksumSHA256).toHex() : null;
        return { size: ContentLength ?? 0, sha256 };
      } catch (error) {
        if (await isAbsent(error, key)) return null;
        throw asProblem(error, `look at ${key}`, options);
      }
    },
    async get(key, range) {
      const Range = range ? `bytes=${range.start}-${range.end ?? ""}` : undefined;
      try {
        const { Body, ContentLength } = await client.send(
          new GetObjectCommand({ Bucket, Key: at(key), Range }),
        );
        if (!Body) throw new Error("The object store answered without a body");
        return {
          stream: Body.transformToWebStream() as ReadableStream<Uint8Array>,
          size: ContentLength ?? 0,
        };
      } catch (error) {
        if (error instanceof Error && error.name === "InvalidRange") {
          throw new RangeError(`Cannot read ${Range} of ${key}: it is shorter`, { cause: error });
        }
        if (await isAbsent(error, key)) return null;
        throw asProblem(error, `read ${key}`, options);
      }
    },
    async put(key, body, expected) {
      requireOwnKey(key, expected.oid);
      const { href, header } = await store.signedPut(key, expected, 3600);
      const headers = { ...header, "Content-Length": String(expected.size) };
      try {
        await sendPut(href, headers, checked(body, expected), STALL_MS);
      } catch (error) {
        throw error instanceof SourceError ? error.cause : asProblem(error, `store ${key}`, options);
      }
    },
    async copy(from, to) {
      requireOwnKey(to, from.slice(from.lastIndexOf("/") + 1));
      const CopySource = `${Bucket}/${at(from).split("/").map(encodeURIComponent).join("/")}`;
      try {
        await client.send(
          new CopyObjectCommand({ Bucket, Key: at(to), CopySource, ChecksumAlgorithm: "SHA256" }),
        );
        return true;
      } catch (error) {
        if (await isAbsent(error, from)) return false;
        throw asProblem(error, `copy ${from}`, options);
      }
    },
    async delete(key) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key: at(key) }));
      } catch (error) {
        if (!isMissing(error)) throw asProblem(error, `delete ${key}`, options);
      }
    },
    list: (prefix) => list(client, options, prefix),
    async signedPut(key, expected, expiresS) {
      requireOwnKey(key, expected.oid);
      const command = new PutObjectCommand({
        Bucket,
        Key: at(key),
        ContentType: "application/octet-stream",
        ContentLength: expected.size,
        ChecksumSHA256: base64Of(expected.oid),
      });
      const href = await getSignedUrl(client, command, {
        expiresIn: Math.min(expiresS, longestS),
        // In the query string, where the SDK would put it, S3 ignores the checksum (aws-sdk-js-v3#4448).
        unhoistableHeaders: new Set(["x-amz-checksum-sha256"]),
        signableHeaders: new Set(["host", "content-type", "content-length", "x-amz-checksum-sha256"]),
      });
      return {
        href,
        header: {
          "Content-Type": "application/octet-stream",
          "x-amz-checksum-sha256": base64Of(expected.oid),
        },
      };
    },
    async signedGet(key, { expiresS, fileName, contentType }) {
      const command = new GetObjectCommand({
        Bucket,
        Key: at(key),
        ...(fileName === undefined ? {} : { ResponseContentDisposition: attachment(fileName) }),
        ...(contentType === undefined ? {} : { ResponseContentType: contentType }),
        ResponseCacheControl: "private, max-age=31536000, immutable",
      });
      return await getSignedUrl(client, command, { expiresIn: Math.min(expiresS, longestS) });
    },
    largestPut: options.largestPut ?? LARGEST_PUT,
    parts: s3Parts(client, options),
    unfinished: (prefix) => s3Unfinished(client, options, prefix),
    drop: ({ key, id }) => store.parts!.abort(key, id),
    async selfTest(folder) {
      const found = await selfTest(store, folder);
      checksumsTrusted = found.checksumsEnforced;
      return found;
    },
    routes: () => null,
    async [Symbol.asyncDispose]() {
      await Promise.resolve(client.destroy());
    },
  };
  return store;
}

async function* list(client: S3Client, options: S3Options, prefix: string) {
  const before = options.prefix ?? "";
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: options.bucket,
      Prefix: before + prefix,
      ContinuationToken: token,
      MaxKeys: options.pageSize,
    });
    const page = await client.send(command).catch((error) => {
      throw asProblem(error, `list ${prefix}`, options);
    });
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key !== undefined) {
        yield { key: Key.slice(before.length), size: Size ?? 0, modified: LastModified ?? new Date(0) };
      }
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

function base64Of(oid: string): string {
  return Uint8Array.fromHex(oid).toBase64();
}

/** Where presigned URLs lead. Bucket names with dots don't fit Amazon's certificate: the SDK addresses those path-style. */
function originOf({ bucket, endpoint, region }: S3Options): string {
  if (endpoint) return new URL(endpoint).origin;
  const zone = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return bucket.includes(".") ? `https://s3.${region}.${zone}` : `https://${bucket}.s3.${region}.${zone}`;
}

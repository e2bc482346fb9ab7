import { ProblemError } from "../../shared/http/problem.ts";

const CHECKSUM_REFUSALS = new Set([
  "BadDigest",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
  "InvalidDigest",
]);
const CONFIGURATION = new Set([
  "AccessDenied",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "NoSuchBucket",
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "CredentialsProviderError",
]);

export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === "NoSuchKey" || error.name === "NotFound");
}

/** What went wrong at the store, for the person who waits for it. What the store itself says stays in `cause`, for the log. */
export function asProblem(
  error: unknown,
  doing: string,
  store: { bucket: string; endpoint: string | null },
): Error {
  if (error instanceof ProblemError) return error;
  const name = error instanceof Error ? error.name : "";
  const where = `the bucket ${store.bucket}${store.endpoint ? ` at ${store.endpoint}` : ""}`;
  if (CHECKSUM_REFUSALS.has(name)) {
    return new ProblemError("unprocessable", `Cannot ${doing}: the bytes are not those of its checksum.`, {
      cause: error,
    });
  }
  if (CONFIGURATION.has(name)) {
    const fault =
      `Cannot ${doing}: ${where} refuses (${name}); check S3_BUCKET, S3_ENDPOINT, S3_REGION and the AWS credentials.`;
    return new ProblemError("unavailable", fault, { cause: error });
  }
  return new ProblemError(
    "unavailable",
    `Cannot ${doing}: ${where} does not answer properly; try again in a moment.`,
    {
      cause: error,
    },
  );
}

import { ProblemError } from "../../shared/http/problem.ts";

const CHECKSUM_REFUSALS = new Set([
  "BadDigest",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
  "InvalidDigest",
]);
/** What of S3's 4xx answers another try may change. */
const PASSING = new Set(["RequestTimeout", "TooManyRequests", "OperationAborted"]);

/** An answer of the store that is not 2xx, to a request of our own. */
export class S3Refusal extends Error {
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

/** The store answered, and will answer so again: keys, names or rights are wrong. */
function isConfiguration(error: unknown): boolean {
  const status = error instanceof S3Refusal
    ? error.status
    : (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
  const name = error instanceof Error ? error.name : "";
  if (name === "CredentialsProviderError") return true;
  return status !== undefined && status >= 300 && status < 500 && status !== 429 && !PASSING.has(name);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === "NoSuchKey" || error.name === "NotFound");
}

export function isForbidden(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode === 403;
}

/** What went wrong at the store, for the person who waits for it. What the store itself says stays in `cause`, for the log. */
export function asProblem(
  error: unknown,
  doing: string,
  store: { bucket: string; endpoint: string | null; settings?: string },
): Error {
  if (error instanceof ProblemError) return error;
  const name = error instanceof Error ? error.name : "";
  const where = `the bucket ${store.bucket}${store.endpoint ? ` at ${store.endpoint}` : ""}`;
  if (CHECKSUM_REFUSALS.has(name)) {
    return new ProblemError("unprocessable", `Cannot ${doing}: the bytes are not those of its checksum.`, {
      cause: error,
    });
  }
  if (isConfiguration(error)) {
    const fault = `Cannot ${doing}: ${where} refuses (${name}); check ${
      store.settings ?? "S3_BUCKET, S3_ENDPOINT, S3_REGION and the AWS credentials"
    }.`;
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

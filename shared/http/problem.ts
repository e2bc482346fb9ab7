import { z } from "zod";

/**
 * Every error the studio's HTTP face can give, with its status. The code is the last segment of the
 * problem's `type` (RFC 9457) and what programs act on; people read `detail`, which says what to do.
 */
export const PROBLEMS = {
  malformed_json: 400,
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  origin_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  lease_lost: 409,
  archived: 409,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  over_tier: 422,
  over_plan: 422,
  locked: 423,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  out_of_space: 507,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** application/problem+json (RFC 9457). `errors` names each field that was wrong. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  request_id: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** An expected failure with a code from {@link PROBLEMS}; the message is a sentence for the person who asked. */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly code: ProblemCode;
  readonly errors?: { path: string; message: string }[];
  constructor(
    code: ProblemCode,
    detail: string,
    options?: ErrorOptions & { errors?: { path: string; message: string }[] },
  ) {
    super(detail, options);
    this.code = code;
    if (options?.errors) this.errors = options.errors;
  }
  get status(): number {
    return PROBLEMS[this.code];
  }
}

/** zod issues as the `errors` of a problem: `path` in dots, `message` as zod says it. */
export function fieldErrors(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map((issue) => ({
    path: issue.path.map(String).join(".") || "(body)",
    message: issue.message,
  }));
}

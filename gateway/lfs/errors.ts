import type { Context } from "hono";
import { problemResponse } from "../http/mod.ts";
import type { Env } from "../studio.ts";

export const LFS_JSON = "application/vnd.git-lfs+json";

/** The error form of LFS (docs/api/batch.md): the same sentence as everywhere, in the field that `git lfs` prints. */
export async function lfsError(c: Context<Env>, error: unknown): Promise<Response> {
  const response = problemResponse(c, error);
  const { detail, request_id, errors } = await response.json();
  const fields = errors?.map((each: { path: string; message: string }) => `${each.path}: ${each.message}`);
  const message = fields ? `${detail} ${fields.join("; ")}` : detail;
  const headers = new Headers(response.headers);
  headers.set("Content-Type", LFS_JSON);
  if (response.status === 401) headers.set("LFS-Authenticate", 'Basic realm="studio"');
  return new Response(JSON.stringify({ message, ...(request_id ? { request_id } : {}) }), {
    status: response.status,
    headers,
  });
}

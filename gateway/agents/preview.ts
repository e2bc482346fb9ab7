import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import { readBody } from "../http/mod.ts";
import type { Env } from "../studio.ts";

const LIMIT = 256 * 1024;

/** The JPEG of a preview, known by its first bytes (ISO/IEC 10918-1: SOI and the next marker), not by what it is called. */
export async function readJpeg(c: Context<Env>): Promise<Uint8Array> {
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "image/jpeg") {
    throw new ProblemError("unsupported_media_type", "A preview is sent as image/jpeg.");
  }
  const bytes = await readBody(c, LIMIT);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) {
    throw new ProblemError("unprocessable", "These bytes are not a JPEG.");
  }
  return bytes;
}

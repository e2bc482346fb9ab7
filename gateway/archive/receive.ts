import { join } from "@std/path";
import { ProblemError } from "../../shared/http/problem.ts";
import { isFull, outOfSpace, requireSpace } from "../objects/mod.ts";
import type { Scratch } from "./scratch.ts";

/**
 * The request's body into a file: a zip has its list of files at its end, so it is read from a disk, not as it comes. Gives the
 * path. ProblemError out_of_space before the first byte where the size is known.
 */
export async function receiveZip(request: Request, scratch: Scratch): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  await requireSpace(scratch.path, announced);
  const path = join(scratch.path, "received.zip");
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
      size += chunk.length;
    }
  } catch (error) {
    if (isFull(error)) throw outOfSpace(size, error);
    throw new ProblemError("invalid_request", "The zip broke off before it was whole; send it again.", {
      cause: error,
    });
  }
  if (announced && size !== announced) {
    throw new ProblemError(
      "invalid_request",
      `Only ${size} of ${announced} bytes of the zip arrived; send it again.`,
    );
  }
  return path;
}

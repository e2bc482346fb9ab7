import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import { problemResponse } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import type { Told } from "./import_project.ts";

export const NDJSON = "application/x-ndjson";

/**
 * Long work as an answer: with `Accept: application/x-ndjson` a line for each stage as it is reached and one for the end, `result` or
 * `problem`; else one JSON answer when all is done. Whoever leaves stops it at the next stage.
 */
export async function told<T>(c: Context<Env>, work: (tell: Told) => Promise<T>): Promise<Response> {
  if (!c.req.header("accept")?.includes(NDJSON)) {
    return Response.json(await work(() => {}), { status: 201 });
  }
  const encoder = new TextEncoder();
  const lines = new TransformStream<unknown, Uint8Array>(
    {
      transform: (line, controller) => controller.enqueue(encoder.encode(JSON.stringify(line) + "\n")),
    },
    undefined,
    { highWaterMark: 100 },
  );
  const writer = lines.writable.getWriter();
  const write = (line: unknown) => void writer.write(line).catch(() => {});
  let left = false;
  writer.closed.catch(() => left = true);
  const tell: Told = (stage, done, total) => {
    if (left) throw new ProblemError("gone", "Whoever asked for it has left; nothing more was done.");
    write({ stage, done, total });
  };
  void work(tell)
    .then((result) => write({ result }))
    .catch(async (error) => write({ problem: await problemResponse(c, error).json() }))
    .finally(() => writer.close().catch(() => {}));
  return new Response(lines.readable, { headers: { "content-type": NDJSON, "cache-control": "no-store" } });
}

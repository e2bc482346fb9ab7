import { CompleteBody } from "../../shared/agents/protocol.ts";
import { z } from "zod";
import { digestFile } from "./digest.ts";
import { JobFailure, type Result } from "./executor.ts";
import { type Entry, pathInFolder, type Report, uploadPath } from "./journal.ts";

/** Turns what an executor made into the report that is kept on disk: every file there, not empty, hashed. */
export async function reportOf(
  entry: Entry,
  result: Result,
  seconds: number,
  signal: AbortSignal,
): Promise<Report> {
  const uploads: { path: string; oid: string; size: number }[] = [];
  const stored = async (path: string) => {
    const within = pathInFolder(entry, path);
    const full = uploadPath(entry, within);
    if (!full) throw new JobFailure("agent", `The runner left its result outside the job's folder: ${path}`);
    const found = await digestFile(full, signal).catch((cause) => {
      signal.throwIfAborted();
      throw new JobFailure("agent", `The runner's result cannot be read: ${within}`, {
        cause,
        fault: "output",
      });
    });
    if (found.size === 0) {
      throw new JobFailure("transient", `The runner made an empty file: ${within}`, { fault: "output" });
    }
    uploads.push({ path: within, ...found });
    return found;
  };
  const body = CompleteBody.safeParse({
    file: { ...await stored(result.file), extension: result.extension },
    media: result.media,
    ...(result.poster ? { poster: await stored(result.poster) } : {}),
    ...(result.proxy ? { proxy: await stored(result.proxy) } : {}),
    made_with: result.made_with,
    seconds,
    ...(result.energy_wh === undefined ? {} : { energy_wh: result.energy_wh }),
    ...(result.peak_vram_mb === undefined ? {} : { peak_vram_mb: result.peak_vram_mb }),
  });
  if (!body.success) {
    throw new JobFailure("agent", "The runner described its result wrongly.", {
      detail: z.prettifyError(body.error),
    });
  }
  return { kind: "complete", uploads, body: body.data, ended_at: new Date().toISOString() };
}

/** The report of an ending without a result. */
export function failureReport(failure: JobFailure): Report {
  return {
    kind: "fail",
    body: {
      class: failure.class,
      message: failure.message.slice(0, 2000) || "The job failed without saying why.",
      ...(failure.detail ? { detail: failure.detail.slice(-20_000) } : {}),
      ...(failure.fault ? { fault: failure.fault } : {}),
    },
    ended_at: new Date().toISOString(),
  };
}

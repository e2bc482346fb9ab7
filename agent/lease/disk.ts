import { statfs } from "node:fs/promises";
import { JobFailure } from "./executor.ts";

/** MiB that this user may still write under `folder`; null where the system does not say. */
export async function diskFreeMb(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Math.floor(Number(bavail) * Number(bsize) / (1024 * 1024));
  } catch {
    return null;
  }
}

/** ENOSPC and quota, in the words of Deno, node, ffmpeg and Windows. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return true;
  if (typeof detail === "string" && isFullText(detail)) return true;
  return isFullText(error.message) || isDiskFull(error.cause);
}

function isFullText(text: string): boolean {
  return /no space left|disk quota exceeded|ENOSPC|EDQUOT|not enough space on the disk|os error (28|122|112)\b/i
    .test(text);
}

export async function diskFullFailure(folder: string, cause: unknown): Promise<JobFailure> {
  const free = await diskFreeMb(folder);
  const left = free === null ? "" : ` (${free} MiB left)`;
  return new JobFailure(
    "agent",
    `The agent's disk is full at ${folder}${left}. Free some space there; the job goes to another agent.`,
    {
      cause,
      detail: String(cause),
      fault: "disk",
    },
  );
}

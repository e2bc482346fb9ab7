import type { z } from "zod";
import type { Agent } from "../../../shared/api/work.ts";
import type { Job, JobEvent } from "../../../shared/jobs/job.ts";

export interface Failed {
  job: z.infer<typeof Job>;
  /** Oldest first. */
  story: readonly Pick<z.infer<typeof JobEvent>, "at" | "kind" | "sentence">[];
  agent: Agent | null;
  browser: string;
}

/** Lines of a log and of a story that are copied: the end of them says what went wrong. */
const MOST_LINES = 60;

/**
 * What whoever maintains the studio would ask about a job that failed, as text. Neither prompts nor files are in it, and what looks like
 * a secret is taken out.
 */
export function diagnosticsOf({ job, story, agent, browser }: Failed): string {
  const { error } = job;
  const asked = job.tier_requested && job.tier_requested !== job.tier
    ? ` (asked for ${job.tier_requested})`
    : "";
  const rows: [string, string | null | undefined][] = [
    ["job", job.id],
    ["kind", job.kind],
    ["runner", `${job.runner} ${job.runner_version ?? ""}`.trim()],
    ["tier", job.tier && `${job.tier}${asked}`],
    ["capability", `${job.capability}, ${job.vram_mb} MiB`],
    ["fallback", job.fallback],
    ["code", error?.class],
    ["message", error?.message],
    ["attempt", `${job.attempt} of ${job.max_attempts}`],
    ["asked", job.created_at],
    ["started", job.started_at],
    ["finished", job.finished_at],
    ["agent", agent ? agentWords(agent) : job.agent],
    ["browser", browser],
  ];
  const wide = Math.max(...rows.map(([name]) => name.length)) + 2;
  const told = story.slice(-MOST_LINES).map(({ at, kind, sentence }) => `${at}  ${kind}: ${sentence}`);
  const log = error?.detail?.trimEnd().split("\n").slice(-MOST_LINES) ?? [];
  return withoutSecrets([
    "A job failed in the Generative Media Studio",
    "",
    ...rows.flatMap(([name, value]) => value ? [name.padEnd(wide) + value] : []),
    ...(told.length ? ["", "What happened", ...told] : []),
    ...(log.length ? ["", "The end of its log", ...log] : []),
    "",
  ].join("\n"));
}

function agentWords({ name, agent_version, os, comfyui_version, ram_mb, slots }: Agent): string {
  return [
    `${name} ${agent_version ?? ""}`.trim(),
    os,
    comfyui_version && `ComfyUI ${comfyui_version}`,
    `${ram_mb} MiB RAM`,
    ...slots.map((slot) => `${slot.name} ${slot.vram_mb} MiB`),
  ].filter(Boolean).join(", ");
}

/** Signed addresses, passwords in addresses, tokens and the name of whoever's home folder it is. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1…@")
    .replace(/\b(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>]*/gi, "$1?…")
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 …")
    .replace(
      /(\b[\w-]*(?:token|secret|password|passwd|api[_-]?key|authorization|cookie|signature)["']?\s*[:=]\s*["']?)[^\s"',;]+/gi,
      "$1…",
    )
    .replace(/(\/(?:home|Users)\/|[A-Z]:\\Users\\)[^/\\\s"']+/g, "$1…");
}

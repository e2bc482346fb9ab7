import { z } from "zod";
import type { StudioEvent } from "../../shared/events/events.ts";
import { Id } from "../../shared/ids.ts";
import { Progress } from "../../shared/jobs/job.ts";

/**
 * One event as gateways tell it to each other: which row, not what is in it, as NOTIFY carries 8,000 bytes and the
 * reader shall see what is committed. Progress is in no row, and small; previews are neither and stay where they are.
 */
export const Word = z.object({
  tenant: Id,
  project: Id.nullable(),
  kind: z.enum([
    "job",
    "progress",
    "take",
    "export",
    "agent",
    "agent_removed",
    "notice",
    "canvas",
    "branch",
    "files",
    "locks",
    "library",
  ]),
  /** The row's id; for a canvas its version, for a branch or files their commit. */
  id: z.string().max(64),
  /** For a job its state before, for a canvas who changed it, for a branch its name. */
  note: z.string().max(200).nullable(),
  progress: Progress.optional(),
  /** Of a canvas beside main's. */
  branch: z.string().optional(),
});
export type Word = z.infer<typeof Word>;

/** Without words it is a sign of life; `farewell`: the last message of a gateway that has said everything. */
export const Message = z.object({
  from: z.string(),
  words: z.array(Word),
  farewell: z.literal(true).optional(),
});

/** Null for what is told to nobody else. */
export function wordOf(tenant: string, project: string | null, event: StudioEvent): Word | null {
  const about = { tenant, project, note: null };
  switch (event.type) {
    case "job":
      return { ...about, kind: "job", id: event.job.id, note: event.previous };
    case "take":
      return { ...about, kind: "take", id: event.take.id };
    case "export":
      return { ...about, kind: "export", id: event.export.id };
    case "agent":
      return { ...about, kind: "agent", id: event.agent.id };
    case "agent_removed":
      return { ...about, kind: "agent_removed", id: event.agent_id };
    case "notice":
      return { ...about, kind: "notice", id: event.notice.id };
    case "canvas":
      return {
        ...about,
        kind: "canvas",
        id: String(event.version),
        note: event.by?.slice(0, 200) ?? null,
        ...(event.branch === undefined ? {} : { branch: event.branch }),
      };
    case "branch":
      return { ...about, kind: "branch", id: event.commit ?? "", note: event.name };
    case "files":
      return { ...about, kind: "files", id: event.commit };
    // Each about one thing of the project or studio: the last word of many is enough.
    case "locks":
      return { ...about, kind: "locks", id: project ?? "" };
    case "library":
      return { ...about, kind: "library", id: tenant };
    case "progress":
      return { ...about, kind: "progress", id: event.job_id, progress: event.progress };
    case "state":
    case "preview":
      return null;
  }
}

/** Largest payload of one NOTIFY, bytes; PostgreSQL's own limit is 7,999. */
const PAYLOAD = 7000;

/** The words in as few messages as they fit. */
export function messagesOf(from: string, words: readonly Word[]): string[] {
  const messages: string[] = [];
  let lines: string[] = [];
  let size = 0;
  const end = () => {
    if (lines.length) messages.push(`{"from":${JSON.stringify(from)},"words":[${lines.join(",")}]}`);
    lines = [];
    size = 0;
  };
  for (const word of words) {
    const line = JSON.stringify(word);
    const bytes = new TextEncoder().encode(line).length + 1;
    if (size + bytes > PAYLOAD) end();
    lines.push(line);
    size += bytes;
  }
  end();
  return messages;
}

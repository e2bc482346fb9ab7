import type { StudioEvent } from "../../shared/events/events.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Studio } from "../studio.ts";
import { findNotice } from "./notices.ts";
import type { Word } from "./word.ts";

/** The event another gateway told of, from the rows as they are now; null when the row is gone since. */
export async function reread(studio: Studio, word: Word): Promise<StudioEvent | null> {
  try {
    return await eventOf(studio, word);
  } catch (error) {
    if (error instanceof ProblemError && error.code === "not_found") return null;
    throw error;
  }
}

async function eventOf(studio: Studio, word: Word): Promise<StudioEvent | null> {
  switch (word.kind) {
    case "job": {
      const [job] = await studio.jobs.view([await studio.jobs.find(word.tenant, word.id)]);
      return job ? { type: "job", job, previous: word.note } : null;
    }
    case "progress":
      return word.progress ? { type: "progress", job_id: word.id, progress: word.progress } : null;
    case "take": {
      const [event] = await studio.takes.told([await studio.takes.find(word.project!, word.id)]);
      return event ?? null;
    }
    case "export": {
      const [made] = await studio.assembly.view([await studio.assembly.find(word.project!, word.id)]);
      return made ? { type: "export", export: made } : null;
    }
    case "agent": {
      const [agent] = await studio.agents.view([await studio.agents.find(word.tenant, word.id)]);
      return agent ? { type: "agent", agent } : null;
    }
    case "agent_removed":
      return { type: "agent_removed", agent_id: word.id };
    case "notice": {
      const notice = await findNotice(studio.db.sql, word.tenant, word.id);
      return notice ? { type: "notice", notice } : null;
    }
    case "files":
      return { type: "files", commit: word.id };
    case "locks":
      return { type: "locks" };
    case "library":
      return { type: "library" };
    case "canvas":
      return {
        type: "canvas",
        version: Number(word.id),
        by: word.note,
        ...(word.branch === undefined ? {} : { branch: word.branch }),
      };
    case "branch":
      return { type: "branch", name: word.note ?? "", commit: word.id || null };
  }
}

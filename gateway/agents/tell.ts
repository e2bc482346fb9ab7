import type { Notice } from "../../shared/api/work.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Studio } from "../studio.ts";
import type { AgentRow } from "./mod.ts";

/** Hours within which the same of the same machine is said once. */
const ONCE_H = 6;
/** MiB of disk under which a machine soon takes no more. */
export const DISK_LOW_MB = 5 * 1024;

export interface Word {
  /** `disk`, `comfyui`, `suspended flux-image` */
  about: string;
  level: Notice["level"];
  sentence: string;
}

/** Something that whoever looks after the machines should know; on every screen of the studio, and once. */
export async function tellOperators(
  { db, events }: Studio,
  agent: { id: string; tenant_id: string },
  { about, level, sentence }: Word,
): Promise<void> {
  const [row] = await db.sql<{ id: string; at: Date }[]>`
    insert into notices (id, tenant_id, level, sentence, agent_id, about)
    select ${uuidv7()}, ${agent.tenant_id}, ${level}, ${sentence}, ${agent.id}, ${about}
    where not exists (
      select 1 from notices where tenant_id = ${agent.tenant_id} and project_id is null and agent_id = ${agent.id}
        and about = ${about} and at > now() - make_interval(hours => ${ONCE_H}))
    returning id, at`;
  if (!row) return;
  events.publish(agent.tenant_id, null, {
    type: "notice",
    notice: {
      id: row.id,
      at: row.at.toISOString(),
      level,
      sentence,
      job_id: null,
      node_id: null,
      agent_id: agent.id,
    },
  });
}

export function diskWord(name: string, freeMb: number): Word | null {
  if (freeMb >= DISK_LOW_MB) return null;
  return {
    about: "disk",
    level: "attention",
    sentence: `${name} has ${
      (freeMb / 1024).toFixed(1)
    } GB of disk left and soon takes no more work. Make room there.`,
  };
}

/** What a machine could do before and cannot now. */
export function lossWord(name: string, before: AgentRow["facts"], now: AgentRow["facts"]): Word | null {
  if (before.comfyui_version === null || now.comfyui_version !== null) return null;
  return {
    about: "comfyui",
    level: "attention",
    sentence:
      `ComfyUI on ${name} does not answer any more, so it makes nothing that needs it. Look at it there, or let the agent run it.`,
  };
}

export function quarantineWord(name: string, reason: string): Word {
  return {
    about: "quarantine",
    level: "broken",
    sentence:
      `${name} is in quarantine and gets no more work. ${reason} Look at the machine; then end its quarantine under Fleet, or start it again: when its self test passes, it works on.`,
  };
}

export function suspendedWord(name: string, runner: string): Word {
  return {
    about: `suspended ${runner}`,
    level: "broken",
    sentence:
      `${name} failed with ${runner} three times and gets no more of it. Look at the machine, then allow it again under Agents.`,
  };
}

import { signal } from "@preact/signals";
import type { z } from "zod";
import type { Placement, SetPlacement } from "../../../shared/api/placement.ts";
import type { Project } from "../../../shared/api/project.ts";
import type { Agent, CreateJoinCode, JoinCode, UpdateAgent } from "../../../shared/api/work.ts";
import type { JobLog } from "../../../shared/jobs/log.ts";
import type { Trust } from "../../../shared/jobs/trust.ts";
import { callAt } from "../../api.ts";

/** Grows when something was changed from here: a page that looks every few seconds looks at once then. */
export const changes = signal(0);

async function changing<T>(answer: Promise<T>): Promise<T> {
  const changed = await answer;
  changes.value++;
  return changed;
}

/** What the panels about machines ask of the gateway; beside api.ts, as nothing of it is needed first. */
export const farm = {
  log: (job: string) => callAt<JobLog>("GET", `/api/jobs/${job}/log`),
  placement: (project: string) => callAt<Placement>("GET", `/api/projects/${project}/placement`),
  setPlacement: (project: string, body: z.input<typeof SetPlacement>) =>
    callAt<Placement>("PUT", `/api/projects/${project}/placement`, body),
  setTrust: (project: string, trust: Trust) =>
    callAt<Project>("PATCH", `/api/projects/${project}`, { trust }),
  setLeastReputation: (project: string, min_reputation: number) =>
    callAt<Project>("PATCH", `/api/projects/${project}`, { min_reputation }),
  joinCode: (body: z.input<typeof CreateJoinCode>) =>
    callAt<z.infer<typeof JoinCode>>("POST", "/api/agents/join-codes", body),
  updateAgent: (agent: string, body: z.infer<typeof UpdateAgent>) =>
    changing(callAt<Agent>("PATCH", `/api/agents/${agent}`, body)),
  endQuarantine: (agent: string) => changing(callAt<Agent>("DELETE", `/api/agents/${agent}/quarantine`)),
  removeAgent: (agent: string) => changing(callAt<void>("DELETE", `/api/agents/${agent}`)),
};

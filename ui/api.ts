import type { z } from "zod";
import type { AuditEntry, AuditWhat } from "../shared/api/audit.ts";
import type { AccessToken, CreatedAccessToken, Link, Me, Person, Session } from "../shared/api/auth.ts";
import type { Canvas, Project } from "../shared/api/project.ts";
import type { Agent, Export, JoinCode, Take, TakeDetail } from "../shared/api/work.ts";
import type { HistoryEntry } from "../shared/api/history.ts";
import type { Operation } from "../shared/canvas/operations.ts";
import type { Problem } from "../shared/http/problem.ts";
import type { Job } from "../shared/jobs/job.ts";
import type { RunnerManifest } from "../shared/runners/manifest.ts";
import type { Tier } from "../shared/tiers.ts";
import type { Usage, UsageBy } from "../shared/api/usage.ts";
import { signedOut } from "./state/signed_out.ts";

/** A problem+json answer, or no answer at all (`status` 0). The message is a sentence for the person. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

async function call<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
  } catch {
    throw new ApiError(
      0,
      "offline",
      "The studio does not answer. What you did is kept here and sent when it is back.",
    );
  }
  if (response.status === 204) return undefined as T;
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    if (response.status === 401) signedOut.value = true;
    const problem = answer as Problem | null;
    throw new ApiError(
      response.status,
      problem?.code ?? "unknown",
      problem?.detail ?? `The studio answered ${response.status}.`,
    );
  }
  return answer as T;
}

interface Page<T> {
  items: T[];
  next?: string;
}
type NewProject = { title: string; fps: string; width: number; height: number; description?: string };

/** The gateway's HTTP face, as the canvas uses it. Answers are typed by the shared schemas. */
export const api = {
  me: () => call<Me>("GET", "/me"),
  /** Opens a session of this browser; ApiError 401 when the token opens nothing. */
  signIn: (token: string) => call<void>("POST", "/auth/sessions", undefined, token),
  signOut: () => call<void>("POST", "/auth/logout"),
  people: () => call<Page<Person>>("GET", "/auth/people?limit=200"),
  makeLink: (body: { name: string; role: Me["role"] } | { user_id: string }) =>
    call<z.infer<typeof Link>>("POST", "/auth/links", body),
  updatePerson: (id: string, body: { role?: Me["role"]; name?: string }) =>
    call<Person>("PATCH", `/auth/people/${id}`, body),
  removePerson: (id: string) => call<void>("DELETE", `/auth/people/${id}`),
  sessions: () => call<Page<Session>>("GET", "/auth/sessions"),
  endSession: (id: string) => call<void>("DELETE", `/auth/sessions/${id}`),
  tokens: () => call<Page<AccessToken>>("GET", "/auth/tokens"),
  makeToken: (body: { name: string; expires_s: number | null }) =>
    call<z.infer<typeof CreatedAccessToken>>("POST", "/auth/tokens", body),
  revokeToken: (id: string) => call<void>("DELETE", `/auth/tokens/${id}`),
  audit: ({ what, cursor }: { what?: AuditWhat | ""; cursor?: string | undefined }) =>
    call<Page<AuditEntry>>(
      "GET",
      `/audit?limit=30${what ? `&what=${what}` : ""}${cursor ? `&cursor=${cursor}` : ""}`,
    ),
  usage: (by: UsageBy, from?: string) => call<Usage>("GET", `/usage?by=${by}${from ? `&from=${from}` : ""}`),
  projects: (archived = false) => call<Page<Project>>("GET", `/projects?limit=200&archived=${archived}`),
  project: (id: string) => call<Project>("GET", `/projects/${id}`),
  createProject: (body: NewProject) => call<Project>("POST", "/projects", body),
  updateProject: (id: string, body: { title?: string; quality?: Tier; archived?: boolean }) =>
    call<Project>("PATCH", `/projects/${id}`, body),
  canvas: (id: string) => call<Canvas>("GET", `/projects/${id}/canvas`),
  patchCanvas: (id: string, operations: Operation[]) =>
    call<Canvas>("PATCH", `/projects/${id}/canvas`, { operations }),
  generate: (id: string, body: { node_id: string; takes?: number; version_up?: boolean }) =>
    call<{ jobs: z.infer<typeof Job>[] }>("POST", `/projects/${id}/jobs`, body),
  cancel: (job: string) => call<void>("POST", `/jobs/${job}/cancel`),
  retry: (job: string) => call<void>("POST", `/jobs/${job}/retry`),
  setPriority: (job: string, priority: number) => call<void>("PATCH", `/jobs/${job}`, { priority }),
  takes: (id: string, node: string, cursor?: string) =>
    call<Page<Take>>(
      "GET",
      `/projects/${id}/takes?node=${node}&limit=60${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    ),
  take: (id: string, take: string) =>
    call<z.infer<typeof TakeDetail>>("GET", `/projects/${id}/takes/${take}`),
  activate: (id: string, take: string) => call<Take>("POST", `/projects/${id}/takes/${take}/activate`),
  render: (id: string, assembler: string) =>
    call<{ job: z.infer<typeof Job>; export: Export }>("POST", `/projects/${id}/renders`, { assembler }),
  history: (id: string, cursor?: string) =>
    call<Page<HistoryEntry>>(
      "GET",
      `/projects/${id}/history?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    ),
  runners: () => call<{ items: RunnerManifest[] }>("GET", "/runners"),
  joinCode: () => call<z.infer<typeof JoinCode>>("POST", "/agents/join-codes", {}),
  updateAgent: (agent: string, body: { paused?: boolean }) => call<Agent>("PATCH", `/agents/${agent}`, body),
  clearSuspension: (agent: string, runner: string) =>
    call<void>("DELETE", `/agents/${agent}/suspensions/${runner}`),
};

import type { z } from "zod";
import type { Me } from "../shared/api/auth.ts";
import type { Branch, Comparison, MergePlan, MergeRequest } from "../shared/api/branches.ts";
import type { Canvas, Project } from "../shared/api/project.ts";
import type { Graph } from "../shared/canvas/graph.ts";
import type { Agent, Conform, Export, Take, TakeDetail } from "../shared/api/work.ts";
import type { AddedRunner, FromGraph, Marks } from "../shared/api/runners.ts";
import type { Asset, AssetFolder } from "../shared/assets/asset.ts";
import type { HistoryDetail, HistoryEntry, Milestone } from "../shared/api/history.ts";
import type { ListFormat } from "../shared/film/mod.ts";
import type { Problem } from "../shared/http/problem.ts";
import type { RenderOptions } from "../shared/jobs/film.ts";
import type { Job, JobEvent } from "../shared/jobs/job.ts";
import type { RunnerManifest } from "../shared/runners/manifest.ts";
import type { Tier } from "../shared/tiers.ts";
import { beginTrace } from "../shared/traces/begin.ts";
import { hearDate } from "./state/clock.ts";
import { onBranch } from "./state/branch.ts";
import { signedOut } from "./state/signed_out.ts";

/** A problem+json answer, or no answer at all (`status` 0). The message is a sentence for the person. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

export function offline(): ApiError {
  const sentence = "The studio does not answer. What you did is kept here and sent when it is back.";
  return new ApiError(0, "offline", sentence);
}

export function call<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
  return callAt(method, `/api${path}`, body, token === undefined ? {} : { token });
}

/** Asks for work, by a name of its own so that it may be asked again: where the trace of what comes of it begins, should the studio keep traces. */
function ask<T>(path: string, body: object): Promise<T> {
  return callAt("POST", onBranch(`/api${path}`), { ask_id: crypto.randomUUID(), ...body }, {
    trace: beginTrace(),
    again: true,
  });
}

/** What a proxy says of a gateway that died over a request, and a gateway of a database that restarts: another answers in a moment. */
const IN_A_MOMENT = [502, 503, 504];
/** Repetitions, 0.3 s after the first and then always twice as long: ten seconds of them. */
const MOST_AGAIN = 5;

/** One call of the gateway, under any of its paths: JSON, or a file as it is. An aborted one throws the signal's reason. */
export async function callAt<T>(
  method: string,
  url: string,
  body?: unknown,
  { signal, token, trace, again = !["POST", "DELETE"].includes(method) }: {
    signal?: AbortSignal;
    token?: string;
    trace?: string;
    /** It may be sent twice. @default unless it makes or removes something */
    again?: boolean;
  } = {},
): Promise<T> {
  let response: Response, text: string;
  for (let tries = 0;; tries++) {
    try {
      response = await fetch(url, {
        method,
        signal: signal ?? null,
        ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
        headers: {
          ...(body === undefined || body instanceof Blob ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(trace === undefined ? {} : { traceparent: trace }),
        },
      });
      text = await response.text();
      if (!again || tries === MOST_AGAIN || !IN_A_MOMENT.includes(response.status)) break;
    } catch {
      signal?.throwIfAborted();
      // A gateway that dies over its answer cuts the line. Whoever is offline hears of it within a second.
      if (!again || tries === 2) throw offline();
    }
    await new Promise((done) => setTimeout(done, 300 * 2 ** tries));
  }
  hearDate(response.headers.get("date"));
  if (response.status === 204) return undefined as T;
  const answer = json(text);
  if (!response.ok) {
    if (response.status === 401) signedOut.value = true;
    // LFS answers say `message`, all others `detail`.
    const problem = answer as (Problem & { message?: string }) | null;
    throw new ApiError(
      response.status,
      problem?.code ?? "unknown",
      problem?.detail ?? problem?.message ?? `The studio answered ${response.status}.`,
    );
  }
  return answer as T;
}

/** Null when it is none: what a proxy says for itself. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export interface Page<T> {
  items: T[];
  next?: string;
}
type NewProject = {
  title: string;
  fps: string;
  width: number;
  height: number;
  description?: string;
  drop_frame?: boolean;
  pixel_aspect?: string;
};

/** The gateway's HTTP face, as the canvas uses it. Answers are typed by the shared schemas. */
export const api = {
  me: () => call<Me>("GET", "/me"),
  signOut: () => call<void>("POST", "/auth/logout"),
  projects: (archived = false, cursor?: string) =>
    call<Page<Project>>(
      "GET",
      `/projects?limit=200&archived=${archived}${cursor ? `&cursor=${cursor}` : ""}`,
    ),
  project: (id: string) => call<Project>("GET", onBranch(`/projects/${id}`)),
  createProject: (body: NewProject) => call<Project>("POST", "/projects", body),
  duplicate: (id: string, title: string) => call<Project>("POST", `/projects/${id}/duplicates`, { title }),
  putCanvas: (id: string, graph: Graph) => call<Canvas>("PUT", `/projects/${id}/canvas`, { graph }),
  updateProject: (id: string, body: { title?: string; quality?: Tier; archived?: boolean }) =>
    call<Project>("PATCH", onBranch(`/projects/${id}`), body),
  generate: (
    id: string,
    body: { node_id: string; takes?: number; version_up?: boolean; credits?: "purse" | "mine" },
  ) => ask<{ jobs: z.infer<typeof Job>[] }>(`/projects/${id}/jobs`, body),
  cancel: (job: string) => call<void>("POST", `/jobs/${job}/cancel`),
  /** What happened to a job, oldest first. */
  story: (job: string) => call<{ items: z.infer<typeof JobEvent>[] }>("GET", `/jobs/${job}/events`),
  retry: (job: string) => call<void>("POST", `/jobs/${job}/retry`),
  /** Before another waiting job of the film; null: last. */
  placeJob: (job: string, before: string | null) => call<void>("PATCH", `/jobs/${job}`, { before }),
  takes: (id: string, node: string, { cursor, limit = 60 }: { cursor?: string; limit?: number } = {}) =>
    call<Page<Take>>(
      "GET",
      onBranch(
        `/projects/${id}/takes?node=${node}&limit=${limit}${
          cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""
        }`,
      ),
    ),
  take: (id: string, take: string) =>
    call<z.infer<typeof TakeDetail>>("GET", onBranch(`/projects/${id}/takes/${take}`)),
  activate: (id: string, take: string) =>
    callAt<Take>("POST", onBranch(`/api/projects/${id}/takes/${take}/activate`), undefined, { again: true }),
  render: (id: string, assembler: string, options?: RenderOptions) =>
    ask<{ job: z.infer<typeof Job>; export: Export }>(`/projects/${id}/renders`, {
      assembler,
      ...(options ? { options } : {}),
    }),
  conform: (id: string, assembler: string, body: { text: string; apply?: boolean; version?: number }) =>
    call<Conform>("POST", onBranch(`/projects/${id}/assemblers/${assembler}/conform`), body),
  lists: (id: string, assembler: string) =>
    call<{ items: { format: ListFormat; not_carried: string[] }[] }>(
      "GET",
      onBranch(`/projects/${id}/assemblers/${assembler}/lists`),
    ),
  history: (id: string, cursor?: string) =>
    call<Page<HistoryEntry>>(
      "GET",
      onBranch(`/projects/${id}/history?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`),
    ),
  assets: (id: string, query: { search?: string; folder?: AssetFolder; cursor?: string }) =>
    call<Page<Asset>>(
      "GET",
      `/projects/${id}/assets?${new URLSearchParams({ limit: "60", ...query })}`,
    ),
  version: (id: string, commit: string) => call<HistoryDetail>("GET", `/projects/${id}/history/${commit}`),
  restore: (id: string, commit: string, node_id?: string) =>
    call<unknown>(
      "POST",
      onBranch(`/projects/${id}/history/${commit}/restore`),
      node_id ? { node_id } : {},
    ),
  branches: (id: string, discarded = false) =>
    call<{ items: Branch[] }>("GET", `/projects/${id}/branches?discarded=${discarded}`),
  beginBranch: (id: string, body: { title: string; from?: string; commit?: string }) =>
    call<Branch>("POST", `/projects/${id}/branches`, body),
  renameBranch: (id: string, name: string, title: string) =>
    call<Branch>("PATCH", `/projects/${id}/branches/${encodeURIComponent(name)}`, { title }),
  discardBranch: (id: string, name: string) =>
    call<Branch>("DELETE", `/projects/${id}/branches/${encodeURIComponent(name)}`),
  restoreBranch: (id: string, name: string) =>
    call<Branch>("POST", `/projects/${id}/branches/${encodeURIComponent(name)}/restore`),
  merge: (id: string, from: string, body: Partial<z.infer<typeof MergeRequest>>) =>
    call<z.infer<typeof MergePlan>>(
      "POST",
      `/projects/${id}/branches/${encodeURIComponent(from)}/merge`,
      body,
    ),
  compare: (id: string, from: string, to: string) =>
    call<Comparison>("GET", `/projects/${id}/compare?${new URLSearchParams({ from, to })}`),
  milestones: (id: string) => call<{ items: Milestone[] }>("GET", `/projects/${id}/milestones`),
  markMilestone: (id: string, body: { name: string; message: string; commit?: string }) =>
    call<Milestone>("POST", onBranch(`/projects/${id}/milestones`), body),
  accessToken: (name: string) => call<{ token: string }>("POST", "/auth/tokens", { name }),
  runners: () => call<{ items: RunnerManifest[]; added: AddedRunner[] }>("GET", "/runners"),
  /** A pack: the zip that `agent runner pack` writes. */
  addRunner: (pack: Blob) => call<AddedRunner>("POST", "/runners", pack),
  removeRunner: (id: string) => call<void>("DELETE", `/runners/${id}`),
  runnerMarks: (body: { graph: unknown; serves: string }) => call<Marks>("POST", "/runners/marks", body),
  runnerFromGraph: (body: FromGraph) => call<AddedRunner>("POST", "/runners/from-graph", body),
  agents: () => call<Page<Agent>>("GET", "/agents?limit=200"),
  clearSuspension: (agent: string, runner: string) =>
    call<void>("DELETE", `/agents/${agent}/suspensions/${runner}`),
};

import type { z } from "zod";
import type { CompleteBody, MediaFacts } from "../../shared/agents/protocol.ts";
import { Graph } from "../../shared/canvas/graph.ts";
import { takeName } from "../../shared/takes/name.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";
import type { TakeRow } from "./mod.ts";

type Done = z.infer<typeof CompleteBody>;

export const STILL: MediaFacts = { format: "png", width: 1280, height: 720, frames: 1, audio: false };
export const CLIP: MediaFacts = {
  format: "mp4",
  width: 1280,
  height: 720,
  frames: 48,
  rate: "24/1",
  audio: false,
};

export interface Asked {
  /** @default "shot_1"; the shot's name is it in upper case */
  node?: string;
  /** @default "video" */
  output?: "image" | "video";
  params?: Record<string, string | number | boolean>;
  title?: string;
  by?: string;
}

/** Shots on the project's canvas. */
export async function drawShots({ studio }: TestStudio, project: ProjectRow, nodes: string[]): Promise<void> {
  const graph = Graph.parse({
    nodes: nodes.map((id) => ({
      id,
      type: "shot",
      title: id,
      position: { x: 0, y: 0 },
      shot: shotOf(id),
    })),
  });
  await studio.canvas.put(project, graph, { by: "test" });
}

const shotOf = (node: string) => node.toUpperCase().replaceAll("_", "-");

/** A queued generation with its reserved number, as jobs.submit() makes it. */
export async function queueJob(
  { studio }: TestStudio,
  project: ProjectRow,
  asked: Asked = {},
): Promise<JobRow> {
  const node = asked.node ?? "shot_1";
  return await studio.db.sql.begin(async (tx) => {
    const [number] = await studio.takes.reserve(tx, project, shotOf(node), { count: 1, versionUp: false });
    const [timecode_start] = await studio.takes.reserveTimecode(tx, project, 48, 1);
    const take = { ...number!, name: takeName(number!) };
    return await studio.jobs.insert(tx, project, {
      kind: "generate",
      node_id: node,
      title: asked.title ?? take.name,
      runner: "flux-image",
      tier_requested: "high",
      tier: "standard",
      fallback: "High needs 22 GiB; made at Standard.",
      capability: "flux-image@standard",
      vram_mb: 15_360,
      ram_mb: 0,
      disk_mb: 0,
      priority: 4,
      max_run_s: 3600,
      spec: {
        kind: "generate",
        runner: "flux-image",
        runner_version: "1.2.3",
        tier: "standard",
        output: asked.output ?? "video",
        take,
        params: { prompt: "a lamp in the fog", seed: 7, ...asked.params },
        inputs: [],
        fps: project.fps,
        width: project.width,
        height: project.height,
        timecode_start: timecode_start!,
        reel: `T${String(number!.take).padStart(7, "0")}`,
        title: take.name,
      },
      take,
      created_by: asked.by ?? "Ada",
    });
  }) as JobRow;
}

/** What an agent reports: its bytes are in the store. */
export async function doneOf(
  { studio }: TestStudio,
  project: ProjectRow,
  job: JobRow,
  change: Partial<Done> = {},
): Promise<Done> {
  const video = job.spec.kind === "generate" && job.spec.output === "video";
  const bytes = new TextEncoder().encode(`the bytes of job ${job.id}`);
  return {
    file: { ...await studio.lfs.store(project, bytes), extension: video ? "mp4" : "png" },
    media: video ? CLIP : STILL,
    made_with: {},
    seconds: 12.5,
    ...change,
  };
}

/** As jobs.complete() does it: in a transaction, announced after it. */
export async function finish(
  world: TestStudio,
  project: ProjectRow,
  job: JobRow,
  change: Partial<Done> = {},
): Promise<TakeRow> {
  const done = await doneOf(world, project, job, change);
  const { db, takes } = world.studio;
  const take = await db.sql.begin((tx) => takes.record(tx, project, job, done)) as TakeRow;
  await takes.announce(take);
  return take;
}

/** A take from nothing. */
export async function makeTake(
  world: TestStudio,
  project: ProjectRow,
  asked: Asked = {},
  change: Partial<Done> = {},
): Promise<TakeRow> {
  return await finish(world, project, await queueJob(world, project, asked), change);
}

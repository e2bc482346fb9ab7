import type { z } from "zod";
import type { SubmitJob } from "../../shared/api/work.ts";
import type { GeneratingNode } from "../../shared/canvas/graph.ts";
import { type Recipe, withSeed } from "../../shared/canvas/recipe.ts";
import { settingsOf } from "../../shared/canvas/settings.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { creditText } from "../../shared/jobs/price.ts";
import { DEFAULT_PRIORITY, type GenerateSpec } from "../../shared/jobs/job.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { takeName, type TakeNumber } from "../../shared/takes/name.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { type ProjectRow, shapeOf } from "../projects/mod.ts";
import type { Ask } from "./desk.ts";
import { weightOf } from "./fair.ts";
import type { Fresh } from "./insert.ts";
import type { NewJob } from "./mod.ts";
import { type Asked, ownParams } from "./own_params.ts";
import { resolveParams } from "./params.ts";
import { drawSeed } from "./seed.ts";
import type { Reserved, Wanted } from "../takes/mod.ts";
import type { Choice } from "./tier.ts";

/** Whole seconds after which an attempt is given up: ten times the estimate, between ten minutes and a day. */
function maxRunS(estimateS: number | undefined): number {
  return Math.min(86_400, Math.max(600, Math.ceil((estimateS ?? 360) * 10)));
}

/** What is decided before the transaction: everything but numbers and seeds. */
export interface Plan {
  node: GeneratingNode;
  manifest: RunnerManifest;
  choice: Choice;
  asked: Asked;
  prompt: string;
  pipelineParams: Record<string, string | number | boolean>;
  inputs: GenerateSpec["inputs"];
  /** The canvas as it is, but for the seed. */
  recipe: Recipe;
  /** Agents whose cards ran out of memory with as much: only if nobody else can. */
  avoid: string[];
  /** That such work took so far; null until there is evidence. */
  seconds: number | null;
  /** For the story: what the studio chose or left out by itself. */
  remarks: { kind: string; sentence: string }[];
}

/** The takes that are to be numbered. */
export function wantedOf(
  project: ProjectRow,
  body: z.infer<typeof SubmitJob>,
  { node, manifest }: Plan,
): Wanted {
  const frames = manifest.output === "image" || node.type !== "shot" ? 1 : node.duration;
  return { project, shot: node.shot, count: body.takes, versionUp: body.version_up, frames };
}

/** The jobs, ready to be written. */
export function freshJobs(
  project: ProjectRow,
  { user, body, trace }: Ask,
  plan: Plan,
  { numbers, timecodes, serials }: Reserved,
): Fresh[] {
  const { node, choice: { fallback } } = plan;
  return numbers.map((number, index): Fresh => {
    const job = jobOf(project, user, body, plan, {
      ...{ index, number },
      timecode: timecodes[index]!,
      serial: serials[index]!,
    });
    const first = index === 0;
    return {
      ...{ project, job, trace },
      remarks: [...plan.remarks, ...(job.credits_of ? [paidFor(job)] : [])],
      ...(first && fallback
        ? { notice: { id: uuidv7(), level: "attention", sentence: `${node.title}: ${fallback}` } }
        : {}),
    };
  });
}

function paidFor(job: NewJob): { kind: string; sentence: string } {
  const from = job.credits_of === "purse" ? "the film's purse" : "the credits of whoever asked";
  const price = creditText(weightOf(job).credits ?? 0);
  return { kind: "credits", sentence: `${price} credits of ${from} are set aside for an earlier place.` };
}

export function paramsFor({ manifest, node, choice, asked, prompt, pipelineParams }: Plan, seed: number) {
  const own = ownParams(asked, manifest.tiers[choice.tier]!, { prompt, seed });
  return resolveParams(manifest, node, { pipeline: pipelineParams, node: node.params, own });
}

/** Seconds that such work takes, from evidence or else as the runner guesses. */
function estimateOf({ seconds, manifest, choice }: Plan): number | undefined {
  return seconds ?? manifest.tiers[choice.tier]!.estimate_s;
}

/** What of a job decides its turn. */
function laneOf(plan: Plan, body: z.infer<typeof SubmitJob>) {
  const estimate = estimateOf(plan);
  return {
    capability: plan.choice.capability,
    priority: body.priority ?? DEFAULT_PRIORITY,
    ...(estimate === undefined ? {} : { cost_s: estimate }),
    ...(body.credits ? { credits_of: body.credits } : {}),
  };
}

function jobOf(
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitJob>,
  plan: Plan,
  { index, number, timecode, serial }: {
    index: number;
    number: TakeNumber;
    timecode: number;
    serial: number;
  },
): NewJob {
  const { node, manifest, choice } = plan;
  const name = takeName(number);
  const seed = drawSeed(node, manifest);
  const { params } = paramsFor(plan, seed);
  return {
    ...laneOf(plan, body),
    kind: "generate",
    node_id: node.id,
    title: `${node.title}, take ${number.take}`,
    runner: manifest.id,
    tier_requested: body.tier ?? project.quality,
    tier: choice.tier,
    fallback: choice.fallback,
    vram_mb: choice.vram_mb,
    ram_mb: choice.ram_mb,
    disk_mb: choice.disk_mb,
    // Never less than the runner's own guess allows: evidence is of good days.
    max_run_s: Math.max(maxRunS(estimateOf(plan)), maxRunS(manifest.tiers[choice.tier]!.estimate_s)),
    avoid: plan.avoid,
    asker_id: user.user_id,
    ...(body.ask_id ? { ask: { id: body.ask_id, nth: index } } : {}),
    ...(node.sensitivity ? { sensitivity: node.sensitivity } : {}),
    spec: {
      kind: "generate",
      runner: manifest.id,
      runner_version: manifest.version,
      tier: choice.tier,
      output: manifest.output,
      take: { ...number, name },
      params,
      inputs: plan.inputs,
      fps: project.fps,
      width: project.width,
      height: project.height,
      timecode_start: timecode,
      reel: reelAt(serial),
      title: node.title,
      ...shapeOf(project),
      made_from: withSeed(plan.recipe, seed),
      settings: { ...settingsOf(node), seed },
      ...(body.tier ? { tier_chosen: true } : {}),
    },
    take: { ...number, name },
    created_by: user.name,
  };
}

/**
 * A take's reel: a number of its project that only ever grows, in base 36. So it is unique even after the day of
 * timecode has begun again, and fits the eight characters of a CMX3600 reel.
 */
export function reelAt(serial: number): string {
  return `T${serial.toString(36).toUpperCase().padStart(7, "0")}`;
}

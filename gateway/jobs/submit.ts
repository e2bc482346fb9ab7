import type { z } from "zod";
import type { SubmitJob } from "../../shared/api/work.ts";
import { createDraft } from "../../shared/canvas/draft.ts";
import { type GeneratingNode, type Graph, isGenerating } from "../../shared/canvas/graph.ts";
import { inForce, whyOff } from "../../shared/canvas/left_out.ts";
import { type Recipe, recipeOf } from "../../shared/canvas/recipe.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { creditText } from "../../shared/jobs/price.ts";
import type { RunnerTier } from "../../shared/runners/manifest.ts";
import { type Tier, TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { reserve } from "../credits/mod.ts";
import { type ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { hasSlotFor, othersCan, placedAgent, poolKey } from "./fleet.ts";
import { cardOf, type Footprint, judge, stepOf } from "./footprints.ts";
import { insertJobs } from "./insert.ts";
import type { JobRow } from "./mod.ts";
import { notice, type NoticeView, publishNotices } from "./notices.ts";
import { type Asked, checkTier, ownParams, tierAllows } from "./own_params.ts";
import { askedOnce } from "./asked.ts";
import { assetsOf, weavePrompt } from "./prompt.ts";
import type { Room } from "./room.ts";
import { placeAllows, placeFor } from "./place.ts";
import { chooseRunner } from "./runner_choice.ts";
import { announce, tell } from "./state_machine.ts";
import { canBeServed, type Choice, chooseTier, type TierNeed } from "./tier.ts";
import { wiredInputs } from "./wired.ts";
import { keyed, paramsFor, type Plan } from "./planned.ts";
import { insertOrGiveBack } from "./give_back.ts";
import { unlessOff } from "./switched_off.ts";

/**
 * Queues takes of a canvas node as it is now. Everything is resolved here, once: an agent gets numbers and files, no
 * choices. ProblemError says what to change on the canvas when it can't be made.
 */
export function submit(
  room: Room,
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitJob>,
): Promise<JobRow[]> {
  return askedOnce(
    room.studio.db.sql,
    project,
    body.ask_id,
    (jobs) => jobs,
    () => submitNew(room, project, user, body),
  );
}

async function submitNew(
  room: Room,
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitJob>,
): Promise<JobRow[]> {
  const { studio } = room;
  const { graph, version } = await studio.canvas.read(studio.db.sql, project.id, project.branch);
  await studio.plans.requireRoom(studio.db.sql, project.tenant_id, 0);
  const plan = await makePlan(room, project, graph, body);
  const { choice: { fallback }, node } = plan;
  const made = body.credits || fallback
    ? await studio.db.sql.begin(async (tx) => {
      const jobs = await insertJobs(tx, project, await keyed(room, project, user, body, plan, tx));
      if (body.credits) {
        await reserve(tx, jobs, body.credits);
        for (const job of jobs) await tell(tx, job, { kind: "credits", sentence: paidWords(job) });
      }
      const notices = fallback ? [await notice(tx, jobs[0]!, "attention", `${node.title}: ${fallback}`)] : [];
      return { jobs, notices };
    }) as { jobs: JobRow[]; notices: NoticeView[] }
    : {
      jobs: await insertOrGiveBack(room, project, await keyed(room, project, user, body, plan, null)),
      notices: [],
    };
  publishNotices(studio, made.jobs[0]!, made.notices);
  await announce(room, made.jobs.map((job) => ({ job, previous: null })));
  return await unlessOff(room, project, version, made.jobs);
}

async function makePlan(
  { studio }: Room,
  project: ProjectRow,
  drawn: Graph,
  body: z.infer<typeof SubmitJob>,
): Promise<Plan> {
  const graph = inForce(drawn);
  const node = graph.nodes.find((each) => each.id === body.node_id);
  if (!node) {
    throw new ProblemError("not_found", `There is no node "${body.node_id}" on this canvas; reload it.`);
  }
  if (!isGenerating(node)) {
    throw new ProblemError(
      "unprocessable",
      `"${node.title}" is a ${node.type} node, which makes no takes; generate an image or a shot.`,
    );
  }
  const off = whyOff(node);
  if (off) throw new ProblemError("unprocessable", off);
  const requested = body.tier ?? project.quality;
  // Before a runner is chosen: by what the plan allows.
  const { tier } = await studio.plans.tierFor(studio.db.sql, project.tenant_id, {
    asked: requested,
    fallback: project.fallback,
    offered: null,
  });
  const pool = poolKey(project.pools);
  const everybody = await studio.agents.roster(project.tenant_id);
  const place = await placeFor(studio.db.sql, {
    project_id: project.id,
    node_id: node.id,
    sensitivity: node.sensitivity ?? null,
  });
  const roster = everybody.filter((agent) => placeAllows(place, placedAgent(agent)));
  const { manifest, pipeline, note } = chooseRunner(
    await studio.runners.of(project.tenant_id),
    graph,
    node,
    (each) => canBeServed(each, tier, project.fallback, { pool, place }, roster),
  );
  const { why: bound } = await studio.plans.tierFor(studio.db.sql, project.tenant_id, {
    asked: requested,
    fallback: project.fallback,
    offered: TIER_ORDER.filter((each) => manifest.tiers[each]),
  });
  const wired = await wiredInputs(studio, project, { graph, drawn }, node, manifest);
  const params = { ...pipeline?.params, ...node.params };
  const asked: Asked = {
    manifest,
    node,
    project,
    explicit: explicitSize(node, params),
    base: wired.sourceSize && node.type !== "shot" ? wired.sourceSize : project,
  };
  const footprints = await studio.jobs.footprints.of(project.tenant_id, manifest.id);
  const chosen = chooseTier(
    manifest,
    tier,
    project.fallback,
    { pool, place },
    roster,
    tierAllows(asked),
    (agent, need) => holds(footprints, agent, need, workAt(asked, manifest.tiers[need.tier]!)),
  );
  const choice = bound ? { ...chosen, fallback: boundWords(requested, chosen, bound) } : chosen;
  const work = workAt(asked, manifest.tiers[choice.tier]!);
  const tooSmall = roster.filter((agent) =>
    hasSlotFor(agent, { ...choice, pool, place, runner: manifest.id })
  )
    .filter((agent) => !holds(footprints, agent, choice, work)).map(({ id }) => id);
  // What was asked is measured by the tier that was asked for, or by the best the runner has below it.
  checkTier(asked, manifest.tiers[requested] ? requested : choice.tier);
  const plan: Plan = {
    node,
    manifest,
    choice,
    asked,
    prompt: weavePrompt(node.prompt, assetsOf(graph, node)),
    pipelineParams: pipeline?.params ?? {},
    inputs: wired.inputs,
    recipe: await recipeNow(studio, project, graph, node),
    avoid: othersCan(roster, { ...choice, pool, place, runner: manifest.id }, tooSmall) ? tooSmall : [],
    seconds: judge(footprints, { capability: choice.capability, card: null, work }).seconds,
    remarks: [],
  };
  const { leftOut } = paramsFor(plan, 0);
  if (note) plan.remarks.push({ kind: "runner", sentence: note });
  if (choice.fallback) plan.remarks.push({ kind: "fallback", sentence: choice.fallback });
  const unused = [...leftOut, ...wired.unused];
  if (unused.length) {
    plan.remarks.push({
      kind: "left_out",
      sentence: `${manifest.title} has no use for ${unused.join(", ")}; left out.`,
    });
  }
  return plan;
}

function paidWords({ credits, credits_of }: JobRow): string {
  const from = credits_of === "purse" ? "the film's purse" : "the credits of whoever asked";
  return `${creditText(credits ?? 0)} credits of ${from} are set aside for an earlier place.`;
}

/** "High asked, made at Low: your studio's plan (Free) goes up to Standard; no agent online offers FLUX Image at Standard." */
function boundWords(requested: Tier, { tier, fallback }: Choice, bound: string): string {
  const also = fallback?.slice(fallback.indexOf(": ") + 2).replace(/\.$/, "");
  return `${TIERS[requested].label} asked, made at ${TIERS[tier].label}: ${bound}${also ? `; ${also}` : ""}.`;
}

/** How much of each is asked at a tier, as footprints count it. */
function workAt(asked: Asked, tier: RunnerTier) {
  const { width = asked.project.width, height = asked.project.height, frames = 1 } = ownParams(asked, tier, {
    prompt: "",
    seed: 0,
  });
  return { size_step: stepOf(Number(width) * Number(height)), length_step: stepOf(Number(frames)) };
}

/** Whether one of an agent's cards that could make it has not run out of memory with as much. */
function holds(
  footprints: readonly Footprint[],
  agent: AgentRow,
  need: TierNeed,
  work: ReturnType<typeof workAt>,
): boolean {
  return agent.facts.slots.some((slot) =>
    slot.capabilities.includes(need.capability) && slot.vram_mb >= need.vram_mb &&
    judge(footprints, { capability: need.capability, card: cardOf(agent, slot.slot), work }).holds
  );
}

async function recipeNow(
  { takes, db }: Studio,
  project: ProjectRow,
  graph: Graph,
  node: GeneratingNode,
): Promise<Recipe> {
  const draft = createDraft(graph);
  const feeding = [...draft.into(node.id)].map((edge) => edge.source);
  const active = await takes.active(db.sql, project.id, feeding, project.branch);
  return recipeOf(draft, node, (id) => active.get(id)?.id ?? null);
}

function explicitSize(node: GeneratingNode, params: Record<string, unknown>): Asked["explicit"] {
  const side = (name: "width" | "height") =>
    (name in node ? (node as { width?: number; height?: number })[name] : undefined) ??
      (typeof params[name] === "number" ? params[name] : undefined);
  const width = side("width");
  const height = side("height");
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}

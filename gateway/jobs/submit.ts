import type { z } from "zod";
import type { SubmitJob } from "../../shared/api/work.ts";
import { createDraft } from "../../shared/canvas/draft.ts";
import { type GeneratingNode, isGenerating } from "../../shared/canvas/graph.ts";
import { inForce, whyOff } from "../../shared/canvas/left_out.ts";
import { recipeOf } from "../../shared/canvas/recipe.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { RunnerTier } from "../../shared/runners/manifest.ts";
import { type Tier, TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import { hasSlotFor, isAbout, othersCan, placedAgent, poolKey } from "./fleet.ts";
import type { Film } from "./films.ts";
import { cardOf, type Footprint, judge, stepOf } from "./footprints.ts";
import { type Asked, checkTier, ownParams, tierAllows } from "./own_params.ts";
import { assetsOf, weavePrompt } from "./prompt.ts";
import type { Room } from "./room.ts";
import { placeAllows, placeFor } from "./place.ts";
import { chooseRunner } from "./runner_choice.ts";
import { canBeServed, type Choice, chooseTier, type TierNeed } from "./tier.ts";
import { wiredInputs } from "./wired.ts";
import { paramsFor, type Plan } from "./planned.ts";

/**
 * How takes of a canvas node are made, of the node as it is now. Everything is resolved here, once: an agent gets numbers and files, no
 * choices. ProblemError says what to change on the canvas when it can't be made.
 */
export async function makePlan(
  { studio }: Room,
  { project, graph: drawn, plan, ruled }: Film,
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
  const { tier } = studio.plans.tierFor(plan, {
    asked: requested,
    fallback: project.fallback,
    offered: null,
  });
  const pool = poolKey(project.pools);
  const everybody = await studio.agents.roster(project.tenant_id);
  const place = await placeFor(studio.db.sql, {
    ...{ project, ruled },
    node_id: node.id,
    sensitivity: node.sensitivity ?? null,
  });
  const roster = everybody.filter((agent) => placeAllows(place, placedAgent(agent)));
  const { manifest, pipeline, note } = chooseRunner(
    await studio.runners.of(project.tenant_id),
    graph,
    node,
    {
      now: (each) => canBeServed(each, tier, project.fallback, { pool, place }, roster),
      about: (each) => canBeServed(each, tier, project.fallback, { pool, place }, roster, isAbout),
    },
  );
  const { why: bound } = studio.plans.tierFor(plan, {
    asked: requested,
    fallback: project.fallback,
    offered: TIER_ORDER.filter((each) => manifest.tiers[each]),
  });
  const draft = createDraft(graph);
  const feeding = [...draft.into(node.id)].map((edge) => edge.source);
  const active = await studio.takes.active(studio.db.sql, project.id, feeding, project.branch);
  const wired = await wiredInputs(studio, project, { graph, drawn, active }, node, manifest);
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
  const made: Plan = {
    node,
    manifest,
    choice,
    asked,
    prompt: weavePrompt(node.prompt, assetsOf(graph, node)),
    pipelineParams: pipeline?.params ?? {},
    inputs: wired.inputs,
    recipe: recipeOf(draft, node, (id) => active.get(id)?.id ?? null),
    avoid: othersCan(roster, { ...choice, pool, place, runner: manifest.id }, tooSmall) ? tooSmall : [],
    seconds: judge(footprints, { capability: choice.capability, card: null, work }).seconds,
    remarks: [],
  };
  const { leftOut } = paramsFor(made, 0);
  if (note) made.remarks.push({ kind: "runner", sentence: note });
  if (choice.fallback) made.remarks.push({ kind: "fallback", sentence: choice.fallback });
  const unused = [...leftOut, ...wired.unused];
  if (unused.length) {
    made.remarks.push({
      kind: "left_out",
      sentence: `${manifest.title} has no use for ${unused.join(", ")}; left out.`,
    });
  }
  return made;
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

function explicitSize(node: GeneratingNode, params: Record<string, unknown>): Asked["explicit"] {
  const side = (name: "width" | "height") =>
    (name in node ? (node as { width?: number; height?: number })[name] : undefined) ??
      (typeof params[name] === "number" ? params[name] : undefined);
  const width = side("width");
  const height = side("height");
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}

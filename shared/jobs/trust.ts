import { z } from "zod";
import { Id } from "../ids.ts";

/**
 * How well a machine is known, and how well one must be known to have a project's work. own: the studio's; trusted: of people the studio
 * knows; anyone: of whoever was given a code.
 */
export const Trust = z.enum(["own", "trusted", "anyone"]);
export type Trust = z.infer<typeof Trust>;
/** The strictest first. */
export const TRUSTS: readonly Trust[] = Trust.options;

/** Of a machine. */
export const TRUST_WORDS: Record<Trust, string> = {
  own: "The studio's own",
  trusted: "Trusted",
  anyone: "Community",
};
/** Of work: where it may run. */
export const MAY_RUN_WORDS: Record<Trust, string> = {
  own: "Own machines only",
  trusted: "Own and trusted machines",
  anyone: "Anyone's machines",
};

export function stricter(a: Trust, b: Trust): Trust {
  return TRUSTS.indexOf(a) < TRUSTS.indexOf(b) ? a : b;
}

/** A machine that is known so well may have work that asks for so much. */
export function trustAllows(machine: Trust, asked: Trust): boolean {
  return TRUSTS.indexOf(machine) <= TRUSTS.indexOf(asked);
}

const Agents = z.array(Id).max(200).default([]);

/** PUT /api/projects/:p/placement: instead of the rules that the project, the node or the job has so far. */
export const SetPlacement = z.strictObject({
  node_id: z.string().max(64).optional(),
  job_id: Id.optional(),
  /** Agents that alone may have it; empty: any that may. */
  only: Agents,
  /** Agents that may not have it. */
  never: Agents,
}).refine((body) => !(body.node_id && body.job_id), "is for a node or for a job, not for both");

export const PlacementRule = z.object({
  /** Null with `job_id` null: of the whole project. */
  node_id: z.string().nullable(),
  job_id: Id.nullable(),
  agent_id: Id,
  agent: z.string(),
  rule: z.enum(["only", "never"]),
  set_by: z.string(),
});
export type PlacementRule = z.infer<typeof PlacementRule>;

/** A job's own `only` goes before its node's, a node's before its project's; `never` adds up. */
export const Placement = z.object({ trust: Trust, rules: z.array(PlacementRule) });
export type Placement = z.infer<typeof Placement>;

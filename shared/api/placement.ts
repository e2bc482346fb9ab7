import { z } from "zod";
import { Tag } from "../agents/protocol.ts";
import { Id } from "../ids.ts";
import { Trust } from "../jobs/trust.ts";

const Tags = z.array(Tag).max(30).optional();
const Agents = z.array(Id).max(200).default([]);

/** PUT /api/projects/:p/placement: instead of the rules that the project, the node or the job has so far. */
export const SetPlacement = z.strictObject({
  node_id: z.string().max(64).optional(),
  job_id: Id.optional(),
  /** Agents that alone may have it; empty: any that may. */
  only: Agents,
  /** Agents that may not have it. */
  never: Agents,
  /** Tags: machines with one of them are added to `only`, or to `never`. */
  only_tags: Tags,
  never_tags: Tags,
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

export const TagRule = z.object({
  node_id: z.string().nullable(),
  job_id: Id.nullable(),
  tag: z.string(),
  rule: z.enum(["only", "never"]),
  set_by: z.string(),
});
export type TagRule = z.infer<typeof TagRule>;

/** A job's own `only` goes before its node's, a node's before its project's; `never` adds up. */
export const Placement = z.object({
  trust: Trust,
  rules: z.array(PlacementRule),
  /** The same for machines by their tags. */
  tags: z.array(TagRule).optional(),
});
export type Placement = z.infer<typeof Placement>;

import { z } from "zod";
import { Id } from "../ids.ts";
import { Tier } from "../tiers.ts";

export const UsageBy = z.enum(["project", "agent", "tier"]);
export type UsageBy = z.infer<typeof UsageBy>;

/** GET /api/usage: days in UTC, both included. */
export const UsageQuery = z.object({
  by: UsageBy.default("project"),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

const Amounts = {
  /** Attempts that ended, whether or not something came of them. */
  attempts: z.int(),
  gpu_seconds: z.number(),
  /** Of work that needs no card. */
  cpu_seconds: z.number(),
  /** Added by takes and films. */
  storage_bytes: z.number(),
};
export const UsageRow = z.object({ id: Id.nullable(), name: z.string(), ...Amounts });
export type UsageRow = z.infer<typeof UsageRow>;
export const Usage = z.object({
  by: UsageBy,
  from: z.iso.date().nullable(),
  to: z.iso.date().nullable(),
  rows: z.array(UsageRow),
  total: z.object(Amounts),
});
export type Usage = z.infer<typeof Usage>;

/** GET /api/usage/donors: days in UTC, both included. */
export const DonorsQuery = z.object({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  /** What the machines of whoever asks have done. */
  mine: z.enum(["true", "false"]).transform((word) => word === "true").optional(),
});

/** What one giver's cards of a kind did for a film at a quality. */
export const Given = z.object({
  /** Null: the studio's own machines. */
  lent_by: z.string().nullable(),
  card: z.string().nullable(),
  tier: z.string().nullable(),
  project_id: Id,
  project: z.string(),
  /** Spot checks of other machines' work, for which no film is charged. */
  check: z.boolean().optional(),
  attempts: z.int(),
  gpu_seconds: z.number(),
  cpu_seconds: z.number(),
});
export type Given = z.infer<typeof Given>;
export const Donors = z.object({ rows: z.array(Given) });

/** GET /api/usage/plan: what the studio may use, and how much of it is used now. Null: no limit. */
export const PlanStanding = z.object({
  plan: z.object({ name: z.string(), title: z.string() }),
  /** What to do for more, as a sentence. */
  more: z.string(),
  highest_tier: Tier.nullable(),
  jobs: z.object({
    /** That may run at once. */
    limit: z.int().nullable(),
    running: z.int(),
    /** A thousand or more are a thousand. */
    waiting: z.int(),
  }),
  /** Files in the object store, bytes. */
  storage: z.object({ limit: z.int().nullable(), used: z.int() }),
});
export type PlanStanding = z.infer<typeof PlanStanding>;

import { z } from "zod";
import { PageQuery } from "../http/list.ts";
import { Id } from "../ids.ts";

/** GET, PUT /api/checks/settings */
export const CheckSettings = z.strictObject({
  /** Of takes of community machines that are known: 0 to 1. */
  share: z.number().min(0).max(1),
  /** Of takes of those on probation. */
  probation_share: z.number().min(0).max(1),
  /** At most within 24 hours; 0: none. */
  per_day: z.int().min(0).max(10_000),
});
export type CheckSettings = z.infer<typeof CheckSettings>;

export const CheckState = z.enum([
  "second",
  "comparing",
  "third",
  "comparing_third",
  "agreed",
  "blamed",
  "cleared",
  "undecided",
  "abandoned",
]);
export type CheckState = z.infer<typeof CheckState>;

/** What checks made of a machine. */
export const Reputation = z.object({
  /** 0 to 100: what it is right in at least, with 90 % certainty. */
  score: z.int(),
  agreed: z.int(),
  disagreed: z.int(),
  /** Few checks yet, or it was wrong lately: looked at more often. */
  probation: z.boolean(),
  sentence: z.string(),
});
export type Reputation = z.infer<typeof Reputation>;

export const Check = z.object({
  id: Id,
  state: CheckState,
  sentence: z.string(),
  project: z.string(),
  take: z.string(),
  /** Who made it, and who made it again; null: not yet. */
  made_by: z.string(),
  second: z.string().nullable(),
  third: z.string().nullable(),
  blamed: z.string().nullable(),
  began_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  /** Both side by side; null: not compared yet, or alike and put away. */
  picture_url: z.string().nullable(),
});
export type Check = z.infer<typeof Check>;

/** GET /api/checks: newest first. */
export const ChecksQuery = PageQuery;
export const Checks = z.object({
  items: z.array(Check),
  next: z.string().optional(),
  settings: CheckSettings,
  /** Begun within 24 hours. */
  today: z.int(),
});
export type Checks = z.infer<typeof Checks>;

/** GET /api/checks/mine: machines of whoever asks, with what checks made of them. */
export const MyReputations = z.object({
  machines: z.array(z.object({ id: Id, name: z.string(), reputation: Reputation })),
});

/** A take of a machine whose other work turned out wrong. */
export const Unverified = z.object({ since: z.iso.datetime(), sentence: z.string() });

import { z } from "zod";
import { PageQuery } from "../http/list.ts";
import { Id } from "../ids.ts";

/** All amounts are thousandths of a credit (shared/jobs/price.ts). */
const Amount = z.int();

export const CreditKind = z.enum([
  "earned",
  "given",
  "received",
  "reserved",
  "returned",
  "spent",
  "taken_back",
]);
export type CreditKind = z.infer<typeof CreditKind>;

export const CreditEntry = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  kind: CreditKind,
  amount: Amount,
  /** "Grace's machine made a take for Salt: 2 minutes at Standard." */
  sentence: z.string(),
  job_id: Id.nullable(),
});
export type CreditEntry = z.infer<typeof CreditEntry>;

/** A person's account, or a film's purse. */
const Account = z.object({
  /** What may be spent or given now. */
  balance: Amount,
  /** Set aside for jobs that have not ended. */
  reserved: Amount,
});

/** GET /api/credits */
export const Credits = Account.extend({
  /** How they are earned, in words. */
  rule: z.string(),
  earned: Amount,
  given: Amount,
  /** How whoever asks is named in end titles. */
  named: z.boolean(),
  title_name: z.string().nullable(),
});
export type Credits = z.infer<typeof Credits>;

/** GET /api/credits/entries */
export const CreditEntries = z.object({ items: z.array(CreditEntry), next: z.string().optional() });
export const CreditQuery = PageQuery;

/** PUT /api/credits/name */
export const SetDonorName = z.strictObject({
  named: z.boolean(),
  /** Null: as their machines are, or by their own name. */
  title_name: z.string().trim().min(1).max(80).refine((text) => !/\p{Cc}/u.test(text), "must be one line")
    .nullable(),
});

/** POST /api/projects/:p/credits */
export const GiveCredits = z.strictObject({ amount: Amount.min(1).max(1_000_000_000) });

/** GET /api/projects/:p/credits: its purse. */
export const Purse = Account.extend({
  given: Amount,
  spent: Amount,
  /** By whom, the most first. Null: somebody who is not named. */
  givers: z.array(z.object({ name: z.string().nullable(), amount: Amount })),
  entries: z.array(CreditEntry),
});
export type Purse = z.infer<typeof Purse>;

import type { PlanStanding } from "../../shared/api/usage.ts";
import type { Tier } from "../../shared/tiers.ts";
import type { Querier } from "../db/mod.ts";
import type { Plan } from "./file.ts";

/** Room for files that a plan leaves. */
export interface Left {
  bytes: number;
  /** Why so many more may not come, as sentences for the person. */
  refusal(coming: number): string;
}

/** What a studio may use, and how much of it is used. */
export interface PlanRoom {
  /** The plan of a studio whose row names it so; the default where it names none, or one that PLANS_FILE does not know. */
  known(tenantId: string, name: string | null): Plan;
  /**
   * The quality that may be made when this is asked: that, or the plan's highest below it, and then why ("your studio's plan
   * (Free) goes up to Standard"). ProblemError over_plan when the project would not have less, or the runner (`offered`; null: any) has
   * none so low.
   */
  tierFor(
    plan: Plan,
    asking: { asked: Tier; fallback: "lower" | "wait"; offered: readonly Tier[] | null },
  ): { tier: Tier; why: string | null };
  /** Null: any number. */
  jobsAtOnce(q: Querier, tenantId: string): Promise<number | null>;
  /** Begin of a sentence, when as many jobs run as may: "Your studio's plan (Free) runs 2 jobs at once"; else null. */
  full(q: Querier, tenantId: string): Promise<string | null>;
  /** Null: without a limit. `plan`: the studio's, where the caller has just read it. */
  left(q: Querier, tenantId: string, plan?: Plan): Promise<Left | null>;
  /** ProblemError over_plan when the store has no room for so many bytes more, or for any. */
  requireRoom(q: Querier, tenantId: string, coming: number, plan?: Plan): Promise<void>;
  standing(q: Querier, tenantId: string): Promise<PlanStanding>;
}

export { limitsText, parsePlans, type Plan, planNamed, type Plans, readPlans } from "./file.ts";
export { createPlans } from "./plans.ts";

import { ProblemError } from "../../shared/http/problem.ts";
import { TIERS, tiersFrom } from "../../shared/tiers.ts";
import type { Querier } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { jobsText, type Plan, planNamed, type Plans, sizeText } from "./file.ts";
import type { PlanRoom } from "./mod.ts";
import { heldBy, planNameOf, runningOf, waitingOf } from "./store.ts";

/** A gateway whose plans limit nothing asks the database nothing. */
export function createPlans(studio: Studio, plans: Plans): PlanRoom {
  const all = [...plans.plans.values()];
  const limited = {
    highest_tier: all.some((each) => each.highest_tier !== null),
    jobs_at_once: all.some((each) => each.jobs_at_once !== null),
    storage_bytes: all.some((each) => each.storage_bytes !== null),
  };
  const strange = new Set<string>();

  async function of(q: Querier, tenantId: string): Promise<Plan> {
    const name = await planNameOf(q, tenantId);
    const plan = planNamed(plans, name);
    if (plan) return plan;
    if (!strange.has(name!)) {
      strange.add(name!);
      studio.log.warn("A studio has a plan that PLANS_FILE does not know; it is given the default", {
        tenant: tenantId,
        plan: name,
      });
    }
    return planNamed(plans, null)!;
  }

  async function limitOf<K extends keyof typeof limited>(
    q: Querier,
    tenantId: string,
    kind: K,
  ): Promise<{ plan: Plan; limit: NonNullable<Plan[K]> } | null> {
    if (!limited[kind]) return null;
    const plan = await of(q, tenantId);
    const limit = plan[kind];
    return limit === null ? null : { plan, limit: limit as NonNullable<Plan[K]> };
  }

  const room: PlanRoom = {
    async tierFor(q, tenantId, { asked, fallback, offered }) {
      const bound = await limitOf(q, tenantId, "highest_tier");
      if (!bound || tiersFrom(asked).indexOf(bound.limit) <= 0) return { tier: asked, why: null };
      const why = `your studio's plan (${bound.plan.title}) goes up to ${TIERS[bound.limit].label}`;
      const usable = fallback === "lower" &&
        (offered === null || tiersFrom(bound.limit).some((tier) => offered.includes(tier)));
      if (usable) return { tier: bound.limit, why };
      const instead = fallback === "lower"
        ? "choose another runner"
        : `ask for ${
          TIERS[bound.limit].label
        }, or let this project fall back to a lower quality in its settings`;
      throw new ProblemError(
        "over_plan",
        `This asks for ${TIERS[asked].label}, and ${why}: ${instead}. ${plans.more}`,
      );
    },
    async jobsAtOnce(q, tenantId) {
      return (await limitOf(q, tenantId, "jobs_at_once"))?.limit ?? null;
    },
    async full(q, tenantId) {
      const bound = await limitOf(q, tenantId, "jobs_at_once");
      if (!bound || await runningOf(q, tenantId) < bound.limit) return null;
      return `Your studio's plan (${bound.plan.title}) runs ${jobsText(bound.limit)}`;
    },
    async left(q, tenantId) {
      const bound = await limitOf(q, tenantId, "storage_bytes");
      if (!bound) return null;
      const { plan, limit } = bound;
      const held = await heldBy(q, tenantId);
      const used = `Your studio holds ${sizeText(held)} of the ${
        sizeText(limit)
      } of its plan (${plan.title})`;
      return {
        bytes: Math.max(0, limit - held),
        refusal: (coming) =>
          held >= limit
            ? `${used}: that is used up, so nothing new is made or uploaded; what is being made is kept. ${plans.more}`
            : `${used}, and this would add ${sizeText(coming)}. ${plans.more}`,
      };
    },
    async requireRoom(q, tenantId, coming) {
      const left = await room.left(q, tenantId);
      if (left && (left.bytes === 0 || left.bytes < coming)) {
        throw new ProblemError("over_plan", left.refusal(coming));
      }
    },
    async standing(q, tenantId) {
      const { name, title, highest_tier, jobs_at_once, storage_bytes } = await of(q, tenantId);
      return {
        plan: { name, title },
        more: plans.more,
        highest_tier,
        jobs: {
          limit: jobs_at_once,
          running: await runningOf(q, tenantId),
          waiting: await waitingOf(q, tenantId),
        },
        storage: { limit: storage_bytes, used: await heldBy(q, tenantId) },
      };
    },
  };
  return room;
}

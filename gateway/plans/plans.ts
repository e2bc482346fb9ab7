import { ProblemError } from "../../shared/http/problem.ts";
import { TIERS, tiersFrom } from "../../shared/tiers.ts";
import type { Querier } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { jobsText, type Plan, planNamed, type Plans, sizeText } from "./file.ts";
import type { PlanRoom } from "./mod.ts";
import { heldBy, planAndRunning, planNameOf, runningOf, waitingOf } from "./store.ts";

/** A gateway whose plans limit nothing asks the database nothing. */
export function createPlans(studio: Studio, plans: Plans): PlanRoom {
  const all = [...plans.plans.values()];
  const limited = {
    jobs_at_once: all.some((each) => each.jobs_at_once !== null),
    storage_bytes: all.some((each) => each.storage_bytes !== null),
  };
  const strange = new Set<string>();

  async function of(q: Querier, tenantId: string): Promise<Plan> {
    return known(tenantId, await planNameOf(q, tenantId));
  }

  function known(tenantId: string, name: string | null): Plan {
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

  const room: PlanRoom = {
    known,
    tierFor({ highest_tier, title }, { asked, fallback, offered }) {
      if (highest_tier === null || tiersFrom(asked).indexOf(highest_tier) <= 0) {
        return { tier: asked, why: null };
      }
      const why = `your studio's plan (${title}) goes up to ${TIERS[highest_tier].label}`;
      const usable = fallback === "lower" &&
        (offered === null || tiersFrom(highest_tier).some((tier) => offered.includes(tier)));
      if (usable) return { tier: highest_tier, why };
      const instead = fallback === "lower"
        ? "choose another runner"
        : `ask for ${
          TIERS[highest_tier].label
        }, or let this project fall back to a lower quality in its settings`;
      throw new ProblemError(
        "over_plan",
        `This asks for ${TIERS[asked].label}, and ${why}: ${instead}. ${plans.more}`,
      );
    },
    async jobsAtOnce(q, tenantId) {
      return limited.jobs_at_once ? (await of(q, tenantId)).jobs_at_once : null;
    },
    async full(q, tenantId) {
      if (!limited.jobs_at_once) return null;
      const { plan, running } = await planAndRunning(q, tenantId);
      const { title, jobs_at_once } = known(tenantId, plan);
      if (jobs_at_once === null || running < jobs_at_once) return null;
      return `Your studio's plan (${title}) runs ${jobsText(jobs_at_once)}`;
    },
    async left(q, tenantId, plan) {
      if (!limited.storage_bytes) return null;
      const { title, storage_bytes: limit } = plan ?? await of(q, tenantId);
      if (limit === null) return null;
      const held = await heldBy(q, tenantId);
      const used = `Your studio holds ${sizeText(held)} of the ${sizeText(limit)} of its plan (${title})`;
      return {
        bytes: Math.max(0, limit - held),
        refusal: (coming) =>
          held >= limit
            ? `${used}: that is used up, so nothing new is made or uploaded; what is being made is kept. ${plans.more}`
            : `${used}, and this would add ${sizeText(coming)}. ${plans.more}`,
      };
    },
    async requireRoom(q, tenantId, coming, plan) {
      const left = await room.left(q, tenantId, plan);
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

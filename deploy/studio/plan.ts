import type { Querier } from "../../gateway/db/mod.ts";
import { limitsText, planNamed, type Plans } from "../../gateway/plans/mod.ts";
import { StudioError } from "./error.ts";
import type { Tenant } from "./studios.ts";

/** Puts a studio on a plan; null: the one for all. Gateways that run know it within seconds. What was done, as a sentence. */
export async function setPlan(
  q: Querier,
  plans: Plans,
  { id, name }: Tenant,
  plan: string | null,
): Promise<string> {
  const found = planNamed(plans, plan);
  if (!found) {
    throw new StudioError(
      `There is no plan "${plan}"; PLANS_FILE has ${[...plans.plans.keys()].join(", ")}.`,
    );
  }
  await q`update tenants set plan = ${plan} where id = ${id}`;
  return `${name} has ${plan === null ? "the plan for all, " : "the plan "}${found.title}: ${
    limitsText(found)
  }.`;
}

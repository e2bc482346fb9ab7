import { z } from "zod";
import { Tier, TIERS } from "../../shared/tiers.ts";
import { ConfigError } from "../config.ts";

/** What a studio may use. Null: no limit. */
export interface Plan {
  /** Of the file: "free" */
  name: string;
  /** For people: "Free" */
  title: string;
  highest_tier: Tier | null;
  /** That run; those that wait are not counted. */
  jobs_at_once: number | null;
  /** Of files in the object store, bytes. */
  storage_bytes: number | null;
}

/** The plans of a gateway. */
export interface Plans {
  plans: ReadonlyMap<string, Plan>;
  /** Name of the one for studios that nobody put on another. */
  default: string;
  /** What to do for more, as a sentence. */
  more: string;
}

const PlansFile = z.strictObject({
  /** Of the studios that have none of their own. */
  default: z.string(),
  more: z.string().trim().min(1).max(300).default("Ask whoever runs this gateway for a larger plan."),
  plans: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "a plan's name is of small letters, digits and hyphens"),
    z.strictObject({
      title: z.string().trim().min(1).max(60).optional(),
      highest_tier: Tier.nullable().default(null),
      jobs_at_once: z.int().min(1).nullable().default(null),
      storage_bytes: z.int().min(0).nullable().default(null),
    }),
  ),
});

const UNLIMITED: Plan = {
  name: "unlimited",
  title: "Unlimited",
  highest_tier: null,
  jobs_at_once: null,
  storage_bytes: null,
};

/** Reads PLANS_FILE; without one there is a single plan, which limits nothing. ConfigError says what is wrong with it. */
export async function readPlans(path: string | null): Promise<Plans> {
  if (path === null) return parsePlans({ default: UNLIMITED.name, plans: { [UNLIMITED.name]: {} } });
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new ConfigError(`PLANS_FILE: ${path} cannot be read as JSON: ${(cause as Error).message}`);
  }
  return parsePlans(json, path);
}

export function parsePlans(json: unknown, path = "it"): Plans {
  const parsed = PlansFile.safeParse(json);
  if (!parsed.success) {
    throw new ConfigError(`PLANS_FILE: ${path} is wrong:\n${z.prettifyError(parsed.error)}`);
  }
  const { default: usual, more, plans } = parsed.data;
  if (!plans[usual]) {
    throw new ConfigError(`PLANS_FILE: ${path} has no plan "${usual}", which is to be the default.`);
  }
  return {
    default: usual,
    more,
    plans: new Map(
      Object.entries(plans).map((
        [name, plan],
      ) => [name, { ...plan, name, title: plan.title ?? titleOf(name) }]),
    ),
  };
}

/** Null: there is none of that name. */
export function planNamed({ plans, default: usual }: Plans, name: string | null): Plan | null {
  return plans.get(name ?? usual) ?? null;
}

/** "up to Standard, 2 jobs at once, 10.0 GB" */
export function limitsText({ highest_tier, jobs_at_once, storage_bytes }: Plan): string {
  const limits = [
    ...(highest_tier === null ? [] : [`up to ${TIERS[highest_tier].label}`]),
    ...(jobs_at_once === null ? [] : [jobsText(jobs_at_once)]),
    ...(storage_bytes === null ? [] : [sizeText(storage_bytes)]),
  ];
  return limits.length ? limits.join(", ") : "no limits";
}

export function jobsText(jobs: number): string {
  return jobs === 1 ? "1 job at a time" : `${jobs} jobs at once`;
}

export function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** "small-studio" -> "Small studio" */
function titleOf(name: string): string {
  const words = name.replaceAll("-", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}

import { join } from "@std/path";
import { z } from "zod";

/** Clock time "22:30"; "24:00" is the end of a day. */
const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a clock time like "22:30"');

export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

const Hours = z.strictObject({
  days: z.array(z.enum(DAYS)).min(1).default([...DAYS]),
  from: Clock,
  to: Clock,
});
export type Hours = z.infer<typeof Hours>;

const Names = z.array(z.string().trim().min(1).max(200)).max(500).default([]);
const Choice = z.strictObject({ allow: Names, deny: Names }).default({ allow: [], deny: [] });

/**
 * What the owner of this machine lends, to whom and when: `policy.json` in the agent's folder, explained in README.md here.
 * What is left out has the default beside it. Read strictly: a rule with a slip in its name must not count as no rule.
 */
export const Policy = z.strictObject({
  schema: z.literal(1).default(1),
  hours: z.array(Hours).max(50).default([]),
  /** An IANA name; null: this machine's own. */
  time_zone: z.string().nullable().default(null)
    .refine((zone) => zone === null || isZone(zone), 'must be a time zone like "Europe/Berlin"'),
  only_when_idle: z.strictObject({
    gpu_below_percent: z.number().min(0).max(100).default(10),
    for_minutes: z.number().min(0).max(1440).default(5),
  }).nullable().default(null),
  yield_to_games: z.strictObject({
    vram_above_mb: z.number().min(0).default(3072),
    gpu_above_percent: z.number().min(0).max(100).default(50),
    immediately: z.boolean().default(true),
    back_after_minutes: z.number().min(0).max(1440).default(2),
  }).nullable().default({
    vram_above_mb: 3072,
    gpu_above_percent: 50,
    immediately: true,
    back_after_minutes: 2,
  }),
  /** Gigabytes (10^9 bytes) up and down together in a calendar month; null: any. */
  monthly_gb: z.number().min(0).nullable().default(null),
  /** Gigabytes that the agent's folder may take; null: any. */
  disk_budget_gb: z.number().min(0).nullable().default(null),
  runners: Choice,
  projects: Choice,
  pools: Names,
  refuse_words: Names,
  comfyui: z.strictObject({
    stop_when_idle_minutes: z.number().min(0).max(10_080).nullable().default(null),
  }).default({ stop_when_idle_minutes: null }),
  /** Watts that a card may draw while it works for the studio; null: as it is set. */
  power_limit_watts: z.number().min(1).max(2000).nullable().default(null),
  models: z.strictObject({
    /** Whether files are fetched at all; which ones is said each time. */
    download: z.boolean().default(false),
    /** Licences agreed to, by the name that the runners give them. */
    licences: Names,
    /** Gigabytes that what was fetched may take together; null: any, while the disk has room. */
    disk_gb: z.number().min(0).nullable().default(null),
    /** Megabytes a second; null: any. */
    mb_per_second: z.number().min(0.01).nullable().default(null),
  }).default({ download: false, licences: [], disk_gb: null, mb_per_second: null }),
  /** To the gateway's version of the agent: by itself between jobs, when it was said each time, or not. */
  updates: z.enum(["auto", "ask", "never"]).default("ask"),
  /** Whether the local page shows what is being made. */
  show_pictures: z.boolean().default(true),
});
export type Policy = z.infer<typeof Policy>;

export const DEFAULT_POLICY: Policy = Policy.parse({});

export function policyPath(dataDir: string): string {
  return join(dataDir, "policy.json");
}

/** Leaves a policy that is there already as it is. */
export async function writeDefaultPolicy(dataDir: string): Promise<void> {
  try {
    await Deno.writeTextFile(policyPath(dataDir), JSON.stringify(DEFAULT_POLICY, null, 2) + "\n", {
      createNew: true,
      mode: 0o600,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** The policy, or the sentence that says what is wrong with the file. No file: the defaults. */
export async function readPolicy(dataDir: string): Promise<Policy | string> {
  const path = policyPath(dataDir);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return DEFAULT_POLICY;
    return `${path} cannot be read: ${(error as Error).message}`;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `${path} is not JSON: ${(error as Error).message}`;
  }
  const parsed = Policy.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${path} cannot be understood: ${[...issue!.path, issue!.message].join(" ")}`;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

import type { z } from "zod";
import type { Waiting } from "../../shared/jobs/job.ts";
import { type Trust, trustAllows } from "../../shared/jobs/trust.ts";
import { ASSEMBLE } from "../../shared/runners/manifest.ts";
import { TIERS } from "../../shared/tiers.ts";
import { type AgentRow, servedPools, tagsOf } from "../agents/mod.ts";
import {
  canServe,
  gigabytes,
  hasSlotFor,
  isGoodEnough,
  isReady,
  isSuspended,
  lentFor,
  placedAgent,
  poolsOverlap,
  slotsFor,
} from "./fleet.ts";
import type { JobRow } from "./mod.ts";
import { parsePlace, placeAllows } from "./place.ts";

export type Why = z.infer<typeof Waiting>;

/** What of a job decides why it waits. */
export type Asking = Pick<
  JobRow,
  | "id"
  | "state"
  | "resting"
  | "run_after"
  | "error"
  | "project_id"
  | "pool"
  | "place"
  | "sensitivity"
  | "capability"
  | "runner"
  | "tier"
  | "vram_mb"
  | "ram_mb"
  | "disk_mb"
>;

/**
 * Why a job that is queued or blocked does not run, as one sentence that says what would change it. Reasons are looked for from
 * the nearest to the farthest: who could take it but for one thing decides what that thing is.
 */
export function waitingReason(
  job: Asking,
  roster: AgentRow[],
  options: {
    now: number;
    needs?: string[];
    /** As many run as the plan lets: how that sentence begins. */
    full?: string | null;
  },
): Why | null {
  if (job.state === "blocked") {
    const names = options.needs ?? [];
    return say("blocked", `Waits for ${names.length ? list(names) : "other jobs"} to finish first.`);
  }
  if (job.state !== "queued") return null;
  if (job.resting) {
    const seconds = Math.max(1, Math.round((job.run_after.getTime() - options.now) / 1000));
    return say("backoff", `Tried again in ${seconds} s; the last attempt: ${job.error?.message ?? "failed"}`);
  }
  const what = whatItNeeds(job);
  const elsewhereOnly = kept(job, what, roster);
  if (elsewhereOnly) return elsewhereOnly;
  const online = roster.filter((agent) => agent.online && placeAllows(job.place, placedAgent(agent)));
  if (!online.length) return say("no_agent", `Needs ${what}; no agent is online.`);

  const inPool = online.filter((agent) => poolsOverlap(job.pool, servedPools(agent)));
  const able = inPool.filter((agent) => canServe(agent, job));
  if (able.length && options.full) {
    return say("plan", `${options.full}; it comes when one of those that run is done.`);
  }
  if (able.length) {
    return say(
      "next",
      `${
        able.length === 1 ? able[0]!.name : `Each of ${able.length} agents`
      } can make it; it comes when those before it are done and a card is free.`,
    );
  }
  const equipped = inPool.filter((agent) => hasSlotFor(agent, job));
  if (equipped.length) return withheld(job, what, equipped);

  const elsewhere = online.filter((agent) => !inPool.includes(agent) && hasSlotFor(agent, job));
  if (elsewhere.length) {
    return say(
      "pool",
      `Needs ${what}; ${list(elsewhere.map((agent) => agent.name))} could make it but serves ${
        list([...new Set(elsewhere.flatMap((agent) => agent.pools))])
      }, and this project uses ${list(job.pool.split("+"))}.`,
    );
  }
  if (!inPool.length) {
    return say(
      "pool",
      `Needs ${what}; no agent online serves ${list(job.pool.split("+"))}. Give one that pool.`,
    );
  }
  return unequipped(job, what, inPool);
}

/** Somebody could have it at once, if only it were allowed there; or those it is to run on are not there. */
function kept(job: Asking, what: string, roster: AgentRow[]): Why | null {
  const { trust, only, never, only_tags = [], never_tags = [] } = parsePlace(job.place);
  if (!only.length && !only_tags.length && roster.some((agent) => canServe(agent, job))) return null;
  const tagged = (agent: AgentRow, tags: string[]) => tagsOf(agent).some((tag) => tags.includes(tag));
  const named = roster.filter((agent) => only.includes(agent.id) || tagged(agent, only_tags));
  if (only.length || only_tags.length) {
    const there = named.filter((agent) => agent.online);
    if (there.some((agent) => placeAllows(job.place, placedAgent(agent)))) return null;
    if (only_tags.length) return say("pinned", onTags(only_tags, only.length > 0, named, there));
    const names = list(named.map((agent) => agent.name));
    const why = there.length === 0
      ? `${names} ${named.length === 1 ? "is" : "are"} offline`
      : `it may not run there (${RUNS_ON[trust]} only)`;
    return say("pinned", `It is to run on ${names} alone, and ${why}.`);
  }
  const able = roster.filter((agent) => canServe(agent, { ...job, place: parseAny(agent) }));
  if (!able.length) return null;
  const keptOff = (agent: AgentRow) =>
    trustAllows(agent.trust, trust) && (never.includes(agent.id) || tagged(agent, never_tags));
  if (able.some(keptOff)) {
    const names = able.filter(keptOff).map((agent) => agent.name);
    const tags = never_tags.filter((tag) => able.some((agent) => tagged(agent, [tag])));
    return say(
      "pinned",
      `Needs ${what}; ${list(names)} could make it, but it is kept off ${names.length === 1 ? "it" : "them"}${
        tags.length ? ` (not on machines tagged ${list(tags)})` : ""
      }.`,
    );
  }
  const cards = able.reduce((sum, agent) => sum + slotsFor(agent, job), 0);
  return say(
    "permission",
    `${cards === 1 ? "1 card" : `${cards} cards`} could do this (${
      list(able.map((agent) => agent.name))
    }), but the ${job.sensitivity === trust ? "shot" : "project"} only allows ${RUNS_ON[trust]}.`,
  );
}

/** Why no machine with one of these tags has it. */
function onTags(tags: string[], orNamed: boolean, named: AgentRow[], there: AgentRow[]): string {
  const where = `machines tagged ${tags.join(" or ")}${orNamed ? " and others that were chosen" : ""}`;
  if (!named.length) return `It is to run only on ${where}, and no machine has that tag.`;
  const names = list((there.length ? there : named).map((agent) => agent.name));
  const [is, them] = (there.length || named.length) === 1 ? ["is", "it"] : ["are", "them"];
  return `It is to run only on ${where}: ${names} ${
    there.length ? `${is} there, but it may not run on ${them}` : `${is} offline`
  }.`;
}

/** A place that lets this agent have it. */
function parseAny(agent: AgentRow): string {
  return `${agent.trust}||`;
}

const RUNS_ON: Record<Trust, string> = {
  own: "own machines",
  trusted: "own and trusted machines",
  anyone: "any machine",
};

/** Agents list the capability on a card that is large enough; something else is in the way. */
function withheld(job: Asking, what: string, equipped: AgentRow[]): Why {
  const poor = equipped.filter((agent) => !isGoodEnough(agent, job));
  if (poor.length === equipped.length) {
    return say(
      "permission",
      `Needs ${what}; ${
        list(poor.map(({ name, standing }) => `${name} (reputation ${standing?.score ?? 0})`))
      } could make it, but this film asks for a better reputation of community machines.`,
    );
  }
  const good = equipped.filter((agent) => isGoodEnough(agent, job));
  const lent = good.filter((agent) => lentFor(agent, job));
  const refusing = good.filter((agent) => lentFor(agent, { project_id: job.project_id }));
  if (!lent.length && refusing.length) {
    return say(
      "paused",
      `Needs ${what}; ${list(refusing.map((agent) => agent.name))} could make it but ${
        refusing.length === 1 ? "its owner refuses" : "their owners refuse"
      } prompts with certain words, and this one has such a word. Word it otherwise, or wait for another machine.`,
    );
  }
  if (!lent.length) {
    return say(
      "paused",
      `Needs ${what}; ${list(equipped.map((agent) => agent.name))} could make it but ${
        equipped.length === 1 ? "its owner does" : "their owners do"
      } not lend it to this project.`,
    );
  }
  const [resting] = lent.filter((agent) => agent.resting && isReady({ ...agent, resting: null }));
  if (resting && !isSuspended(resting, job.runner)) {
    return say(
      "paused",
      `Needs ${what}; ${resting.name} could make it but rests by its owner's rules: ${resting.resting}`,
    );
  }
  const paused = lent.filter((agent) =>
    !isReady(agent) && !agent.quarantine && !isSuspended(agent, job.runner)
  );
  if (paused.length) {
    return say(
      "paused",
      `Needs ${what}; ${list(paused.map((agent) => agent.name))} could make it but ${
        paused.length === 1 ? "is" : "are"
      } paused or draining.`,
    );
  }
  const sick = lent.filter((agent) => agent.quarantine);
  if (sick.length) {
    const [first] = sick;
    return say(
      "quarantined",
      `Needs ${what}; ${list(sick.map((agent) => agent.name))} could make it but ${
        sick.length === 1 ? "is" : "are"
      } in quarantine. ${first!.quarantine!.reason.split(". ")[0]}. ` +
        "Look at the machine, then end its quarantine under Fleet.",
    );
  }
  const suspended = lent.filter((agent) => isSuspended(agent, job.runner));
  if (suspended.length) {
    return say(
      "suspended",
      `Needs ${what}; ${list(suspended.map((agent) => agent.name))} failed ${job.runner} too often. ` +
        "Look at the agent, then clear its strikes.",
    );
  }
  const ram = Math.max(...lent.map((agent) => agent.facts.ram_mb));
  if (ram < job.ram_mb) {
    return say(
      "ram",
      `Needs ${what} and ${gigabytes(job.ram_mb)} GB of memory; the agents that have the card have ${
        gigabytes(ram)
      } GB.`,
    );
  }
  const disk = Math.max(...lent.map((agent) => agent.facts.disk_free_mb));
  return say(
    "disk",
    `Needs ${what} and ${gigabytes(job.disk_mb)} GB of disk; ${gigabytes(disk)} GB are free. Make room on ${
      list(lent.map((agent) => agent.name))
    }.`,
  );
}

function unequipped(job: Asking, what: string, inPool: AgentRow[]): Why {
  const largest = Math.max(0, ...inPool.flatMap((agent) => agent.facts.slots.map((slot) => slot.vram_mb)));
  if (largest < job.vram_mb) {
    const cards = largest === 0 ? "no agent online has a card" : "no card that large is online";
    return say("vram", `Needs ${what}; ${cards}.`);
  }
  const cannot = inPool.flatMap((agent) =>
    agent.facts.cannot.filter((each) => each.capability === job.capability).map((each) => ({ agent, each }))
  );
  const nearest = cannot.find(({ each }) => each.reason === "disk" || each.reason === "ram") ?? cannot[0];
  if (!nearest) return say("no_runner", `Needs ${what}; no agent online offers it.`);
  const { reason, sentence } = nearest.each;
  const word = reason === "vram" || reason === "ram" || reason === "disk" ? reason : "no_runner";
  return say(word, `Needs ${what}; ${nearest.agent.name} cannot: ${sentence}`);
}

/** "flux-image at Standard (16 GB)" */
export function whatItNeeds(job: Pick<JobRow, "runner" | "tier" | "vram_mb">): string {
  if (job.runner === ASSEMBLE) return "an agent that cuts films (ffmpeg)";
  const at = job.tier ? ` at ${TIERS[job.tier].label}` : "";
  return `${job.runner}${at}${job.vram_mb > 0 ? ` (${gigabytes(job.vram_mb)} GB)` : ""}`;
}

function list(names: string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} others`] : names;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

function say(reason: Why["reason"], sentence: string): Why {
  return { reason, sentence };
}

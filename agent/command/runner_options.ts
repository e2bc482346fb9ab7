import { resolve } from "@std/path";
import { UsageError } from "../config.ts";
import { Tier } from "../../shared/tiers.ts";
import { RunnerManifest } from "../../shared/runners/manifest.ts";

const VERBS = {
  new:
    "agent runner new ID --graph FILE [--serves shot|generate_image|edit_image|kontext] [--tier TIER] [--input NODE.INPUT=NAME]",
  check: "agent runner check FOLDER",
  pack: "agent runner pack FOLDER",
  install: "agent runner install FILE|FOLDER|ID [--sha256 DIGEST] [--accept-risks]",
  remove: "agent runner remove ID",
  list: "agent runner list",
} as const;

export interface RunnerLine {
  verb: keyof typeof VERBS;
  /** As typed: an id, or what may be one. */
  id: string | null;
  /** Absolute; of check, pack and install. */
  path: string | null;
  graph: string | null;
  /** new: by `node.input`, the name that it is given; an empty one leaves it as it is. */
  inputs: ReadonlyMap<string, string>;
  serves: RunnerManifest["serves"][number];
  tier: Tier;
  sha256: string | null;
  /** install: also with nodes that run code or read files. */
  acceptRisks: boolean;
  /** Where the person stands. */
  cwd: string;
}

/** What follows `agent runner`. Throws UsageError with the line that was meant. */
export function parseRunnerLine(
  rest: readonly string[],
  values: {
    graph?: string;
    input?: string[];
    serves?: string;
    tier?: string;
    sha256?: string;
    "accept-risks"?: boolean;
  },
  cwd: string,
): RunnerLine {
  const verb = rest[0] as keyof typeof VERBS;
  if (!Object.hasOwn(VERBS, verb ?? "")) {
    throw new UsageError(`agent runner does one of:\n  ${Object.values(VERBS).join("\n  ")}`);
  }
  const wanted = verb === "list" ? 1 : 2;
  if (rest.length !== wanted || (verb === "new" && !values.graph)) {
    throw new UsageError(`It goes: ${VERBS[verb]}`);
  }
  const serves = RunnerManifest.shape.serves.element.safeParse(values.serves ?? "generate_image");
  if (!serves.success) {
    throw new UsageError(`--serves is one of ${RunnerManifest.shape.serves.element.options.join(", ")}.`);
  }
  const tier = Tier.safeParse(values.tier ?? "standard");
  if (!tier.success) throw new UsageError(`--tier is one of ${Tier.options.join(", ")}.`);
  const sha256 = values.sha256?.toLowerCase() ?? null;
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new UsageError("--sha256 is 64 hexadecimal digits, as agent runner pack prints them.");
  }
  return {
    verb,
    id: rest[1] ?? null,
    path: rest[1] !== undefined && ["check", "pack", "install"].includes(verb) ? resolve(cwd, rest[1]) : null,
    graph: values.graph === undefined ? null : resolve(cwd, values.graph),
    inputs: new Map((values.input ?? []).map(markOf)),
    serves: serves.data,
    tier: tier.data,
    sha256,
    acceptRisks: values["accept-risks"] ?? false,
    cwd,
  };
}

/** "3.cfg=cfg": node ids may have dots, names of inputs none. */
function markOf(text: string): [string, string] {
  const found = /^(.+\.[^.=]+)=([a-z][a-z0-9_]{0,47})?$/.exec(text);
  if (found) return [found[1]!, found[2] ?? ""];
  throw new UsageError(`--input is NODE.INPUT=NAME, like 3.cfg=cfg, not "${text}".`);
}

/** Files outside the agent's folder that the command reads and writes: the launcher allows exactly these. */
export function foldersOf(line: RunnerLine): { read: string[]; write: string[] } {
  switch (line.verb) {
    case "new":
      return { read: [line.graph!, resolve(line.cwd, line.id!)], write: [resolve(line.cwd, line.id!)] };
    case "pack":
      // The version, and so the zip's name, is known when it was read: beside the folder.
      return { read: [line.path!], write: [resolve(line.path!, "..")] };
    case "check":
    case "install":
      return { read: [line.path!], write: [] };
    default:
      return { read: [], write: [] };
  }
}

import { shotsOf, wiredShotsOf } from "../../shared/canvas/chain.ts";
import type { FileRef, Graph, NodeOf } from "../../shared/canvas/graph.ts";
import { offOf } from "../../shared/canvas/left_out.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import type { ConformChange, Unmatched } from "../../shared/api/work.ts";
import type { EdlEvent, Timeline } from "../../shared/edl/mod.ts";
import type { Pool } from "./match.ts";
import { eventsNow, planFields } from "./plan_shot.ts";
import { planSounds } from "./plan_sound.ts";
import { readFilm, type ToldFilm, type Used } from "./read_film.ts";
import { rewire } from "./rewire.ts";

/** What a cut list would change on the canvas, and how. */
export interface ConformPlan {
  changes: ConformChange[];
  unmatched: Unmatched[];
  /** What the list holds that the canvas cannot. */
  notes: string[];
  operations: Operation[];
  /** Takes to choose. */
  activate: string[];
}

export interface ConformSources extends Pool {
  graph: Graph;
  assembler: string;
  timeline: Timeline;
  /** The project's sound files. */
  sounds: readonly FileRef[];
  /** Where an event stands in its file: "line 7". */
  placeOf: (event: EdlEvent) => string;
  newId: () => string;
}

/** Compares a cut list with the canvas. Nothing is changed; what the list says already gives no operation. */
export function planConform(sources: ConformSources): ConformPlan {
  const plan: ConformPlan = { changes: [], unmatched: [], notes: [], operations: [], activate: [] };
  const told = readFilm(sources, plan);
  const { used } = told;
  if (!used.length) return plan;
  const now = eventsNow(sources);
  planOrder(used, sources, plan);
  used.forEach((each, index) => {
    planTake(each, sources, plan);
    planFields(each, { next: used[index + 1], film: told, now, sources }, plan);
  });
  const set = { ...planEnds(told, sources, plan), ...planSounds(told, sources, plan) };
  if (Object.keys(set).length) {
    plan.operations.push({ op: "update_node", id: sources.assembler, set });
  }
  return plan;
}

function planOrder(
  used: readonly Used[],
  { graph, assembler, newId }: ConformSources,
  plan: ConformPlan,
): void {
  const before = shotsOf(graph, assembler);
  const after = used.map((each) => each.shot);
  const ids = new Set(after.map((shot) => shot.id));
  for (const shot of before) {
    if (ids.has(shot.id)) continue;
    plan.changes.push(change("leave", shot, `${shot.shot} leaves the film; it stays on the canvas.`));
  }
  for (const shot of after) {
    if (before.some((it) => it.id === shot.id)) continue;
    plan.changes.push(change("enter", shot, `${shot.shot} comes into the film.`));
  }
  const kept = before.filter((shot) => ids.has(shot.id));
  const among = after.filter((shot) => before.some((it) => it.id === shot.id));
  if (kept.some((shot, index) => shot.id !== among[index]!.id)) {
    plan.changes.push({
      ...{ kind: "order", shot: null, node_id: null },
      sentence: `The order becomes ${listed(after)}; it was ${listed(before)}.`,
    });
  }
  const wired = wiredShotsOf(graph, assembler);
  const chain = withLeftOut(after, wired).map((shot) => shot.id);
  const wires = rewire(graph, assembler, chain, wired.map((shot) => shot.id), newId);
  plan.operations.push(...wires.operations);
  for (const other of wires.elsewhere) {
    plan.changes.push(
      change("leave", other, `${other.shot} no longer follows or leads a shot of another film.`),
    );
  }
}

/** The new order of a film, with those that are left out of it behind what they followed: no list knows of them. */
function withLeftOut(
  after: readonly NodeOf<"shot">[],
  wired: readonly NodeOf<"shot">[],
): NodeOf<"shot">[] {
  const chain = [...after];
  wired.forEach((shot, index) => {
    if (offOf(shot) === null || chain.includes(shot)) return;
    const before = wired.slice(0, index).findLast((each) => chain.includes(each));
    chain.splice(before ? chain.indexOf(before) + 1 : 0, 0, shot);
  });
  return chain;
}

function planTake({ shot, take }: Used, { active }: ConformSources, plan: ConformPlan): void {
  const now = active.get(shot.id);
  if (now?.id === take.id) return;
  plan.activate.push(take.id);
  plan.changes.push(
    change("take", shot, `${shot.shot} shows ${take.name}${now ? `; it was ${now.name}` : ""}.`),
  );
}

/** Fades of the film and the black before it: fields of the assembler. */
function planEnds(
  { used, lead, fade_out }: ToldFilm,
  { graph, assembler }: ConformSources,
  plan: ConformPlan,
): Record<string, unknown> {
  const node = graph.nodes.find((each) => each.id === assembler);
  if (node?.type !== "assembler") return {};
  const set: Record<string, unknown> = {};
  const tell = (kind: ConformChange["kind"], sentence: string) =>
    plan.changes.push({ kind, shot: null, node_id: assembler, sentence });
  const fades = { fade_in: headFade(used[0]!, node), fade_out };
  for (const [key, words] of [["fade_in", "out of black"], ["fade_out", "to black"]] as const) {
    const now = node[key] ?? 0;
    if (now === fades[key]) continue;
    set[key] = fades[key] || null;
    tell(
      "fade",
      fades[key]
        ? `The film fades ${words} over ${fades[key]} frames; it ${now ? `was ${now}` : "did not"}.`
        : `The film no longer fades ${words}; it did over ${now} frames.`,
    );
  }
  if (lead !== (node.lead ?? 0)) {
    set.lead = lead || null;
    tell("gap", `${lead || "No"} frames of black come before the film; it was ${node.lead ?? "none"}.`);
  }
  return set;
}

/** Frames of the assembler's own fade in; what the first shot itself says (`from_black`) is left to it. */
export function headFade({ from_black, shot }: Used, node: NodeOf<"assembler">): number {
  if (from_black?.kind !== "dissolve") return 0;
  const own = shot.from_black;
  const already = node.fade_in === undefined && own?.kind === "dissolve" && own.frames === from_black.frames;
  return already ? 0 : from_black.frames;
}

export function change(kind: ConformChange["kind"], shot: NodeOf<"shot">, sentence: string): ConformChange {
  return { kind, shot: shot.shot, node_id: shot.id, sentence };
}

function listed(shots: readonly NodeOf<"shot">[]): string {
  const names = shots.slice(0, 12).map((shot) => shot.shot).join(", ");
  return shots.length > 12 ? `${names} and ${shots.length - 12} more` : names || "empty";
}

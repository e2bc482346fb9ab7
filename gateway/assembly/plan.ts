import { shotsOf } from "../../shared/canvas/chain.ts";
import type { Graph, NodeOf } from "../../shared/canvas/graph.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import type { ConformChange, Unmatched } from "../../shared/api/work.ts";
import { BLACK, clipOf, type EdlEvent, hasPicture, type Timeline } from "../../shared/edl/mod.ts";
import { rangeOf } from "../../shared/film/mod.ts";
import { type Match, matchEvent, type Pool } from "./match.ts";
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
  /** Where an event stands in its file: "line 7". */
  placeOf: (event: EdlEvent) => string;
  newId: () => string;
}

/** Frames, as the canvas and a CMX3600 list hold them. */
const LONGEST_DISSOLVE = 999;

/** A shot as the list uses it. */
interface Used extends Match {
  shot: NodeOf<"shot">;
  event: EdlEvent;
  place: string;
  /** Frames that it is mixed out of the one before, or of black. */
  mixed: number;
}

/** Compares a cut list with the canvas. Nothing is changed; what the list says already gives no operation. */
export function planConform(sources: ConformSources): ConformPlan {
  const plan: ConformPlan = { changes: [], unmatched: [], notes: [], operations: [], activate: [] };
  const { used, fade_in, fade_out } = readUsed(sources, plan);
  if (!used.length) return plan;
  planOrder(used, sources, plan);
  used.forEach((each, index) => {
    planTake(each, sources, plan);
    planFields(each, used[index + 1], plan);
  });
  planFades({ fade_in, fade_out }, sources, plan);
  return plan;
}

function readUsed(sources: ConformSources, plan: ConformPlan) {
  const { timeline, graph, placeOf } = sources;
  const shots = new Map(
    graph.nodes.flatMap((node) => node.type === "shot" ? [[node.id, node] as const] : []),
  );
  const shown = timeline.events.filter((it) => hasPicture(it) && it.record.out > it.record.in)
    .toSorted((a, b) => a.record.in - b.record.in);
  const used: Used[] = [];
  let fade_in = 0;
  let fade_out = 0;
  /** The event just before on the film, when it was matched. */
  let last: Used | null = null;
  for (const [index, event] of shown.entries()) {
    const place = placeOf(event);
    const before = shown[index - 1];
    const gap = before ? event.record.in - before.record.out : 0;
    if (gap > 0) {
      plan.notes.push(`The ${gap} frames of black before ${place} are closed; a film has no gaps.`);
    }
    const asked = event.transition.kind === "dissolve" ? event.transition.frames : 0;
    let mixed = Math.min(asked, LONGEST_DISSOLVE);
    if (asked > mixed) plan.notes.push(`The dissolve of ${asked} frames at ${place} is cut to ${mixed}.`);
    if (event.transition.kind === "wipe" || event.transition.kind === "key") {
      plan.notes.push(`The ${event.transition.kind} at ${place} becomes a cut.`);
    }
    if (event.reel === BLACK) {
      const frames = event.record.out - event.record.in;
      if (mixed && last && index === shown.length - 1 && gap === 0) {
        fade_out = Math.min(mixed, frames);
        last.range = { ...last.range, out: last.range.out + fade_out };
        mixed = frames - fade_out;
      } else mixed = frames;
      if (mixed) {
        plan.notes.push(`The ${mixed} frames of black at ${place} are left out; a film has no gaps.`);
      }
      last = null;
      continue;
    }
    const found = matchEvent(event, timeline, sources);
    const shot = typeof found === "string" ? undefined : shots.get(found.take.node_id);
    const reason = typeof found === "string" ? found : reasonAgainst(found, shot, used);
    if (typeof found === "string" || !shot || reason) {
      plan.unmatched.push({ place, name: clipOf(event), reason: reason ?? "" });
      last = null;
      continue;
    }
    const speed = event.source.out - event.source.in !== event.record.out - event.record.in;
    if (speed && found.take.kind === "video") {
      plan.notes.push(`The speed change at ${place} becomes normal speed.`);
    }
    const joined: boolean = last !== null && gap === 0;
    if (mixed && index === 0) fade_in = mixed;
    else if (mixed && !joined) plan.notes.push(`The fade from black at ${place} becomes a cut.`);
    last = { ...found, shot, event, place, mixed: joined ? mixed : 0 };
    used.push(last);
  }
  return { used, fade_in, fade_out };
}

function reasonAgainst(match: Match, shot: NodeOf<"shot"> | undefined, used: readonly Used[]): string | null {
  if (!shot) return `${match.take.name} belongs to no shot on the canvas.`;
  const twice = used.find((each) => each.shot.id === shot.id);
  if (!twice) return null;
  return `${shot.shot} is in the film already (${twice.place}), and a shot is in a film once; duplicate it on the canvas.`;
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
  const wires = rewire(graph, assembler, after.map((shot) => shot.id), before.map((shot) => shot.id), newId);
  plan.operations.push(...wires.operations);
  for (const other of wires.elsewhere) {
    plan.changes.push(
      change("leave", other, `${other.shot} no longer follows or leads a shot of another film.`),
    );
  }
}

function planTake({ shot, take }: Used, { active }: ConformSources, plan: ConformPlan): void {
  const now = active.get(shot.id);
  if (now?.id === take.id) return;
  plan.activate.push(take.id);
  plan.changes.push(
    change("take", shot, `${shot.shot} shows ${take.name}${now ? `; it was ${now.name}` : ""}.`),
  );
}

function planFields({ shot, take, range }: Used, next: Used | undefined, plan: ConformPlan): void {
  const set: Record<string, unknown> = {};
  const now = rangeOf(shot, { kind: take.kind, frames: take.media.frames });
  const end = take.kind === "image" ? shot.duration : take.media.frames;
  const same = take.kind === "image"
    ? now.out - now.in === range.out - range.in
    : now.in === range.in && now.out === range.out;
  if (!same) {
    set.trim_in = range.in;
    set.trim_out = range.out === end ? null : range.out;
    plan.changes.push(
      change(
        "trim",
        shot,
        `${shot.shot} is used from frame ${range.in} to ${range.out}; it was ${now.in} to ${now.out}.`,
      ),
    );
  }
  const mixed = next?.mixed ?? 0;
  const was = shot.transition?.frames ?? 0;
  // What the last shot of a film has for a next one means nothing in it.
  if (next && mixed !== was) {
    set.transition = mixed ? { kind: "dissolve", frames: mixed } : null;
    const words = (frames: number) => frames ? `dissolves into it for ${frames} frames` : "cuts to it";
    plan.changes.push(
      change(
        "transition",
        shot,
        `${shot.shot}, before ${next.shot.shot}, ${words(mixed)}; it was ${was || "a cut"}.`,
      ),
    );
  }
  if (Object.keys(set).length) plan.operations.push({ op: "update_node", id: shot.id, set });
}

function planFades(
  fades: { fade_in: number; fade_out: number },
  { graph, assembler }: ConformSources,
  plan: ConformPlan,
): void {
  const node = graph.nodes.find((each) => each.id === assembler);
  if (node?.type !== "assembler") return;
  const set: Record<string, unknown> = {};
  for (const [key, words] of [["fade_in", "out of black"], ["fade_out", "to black"]] as const) {
    const now = node[key] ?? 0;
    if (now === fades[key]) continue;
    set[key] = fades[key] || null;
    plan.changes.push({
      ...{ kind: "fade", shot: null, node_id: assembler },
      sentence: fades[key]
        ? `The film fades ${words} over ${fades[key]} frames; it ${now ? `was ${now}` : "did not"}.`
        : `The film no longer fades ${words}; it did over ${now} frames.`,
    });
  }
  if (Object.keys(set).length) plan.operations.push({ op: "update_node", id: assembler, set });
}

function change(kind: ConformChange["kind"], shot: NodeOf<"shot">, sentence: string): ConformChange {
  return { kind, shot: shot.shot, node_id: shot.id, sentence };
}

function listed(shots: readonly NodeOf<"shot">[]): string {
  const names = shots.slice(0, 12).map((shot) => shot.shot).join(", ");
  return shots.length > 12 ? `${names} and ${shots.length - 12} more` : names || "empty";
}

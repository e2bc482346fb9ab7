import { isGenerating } from "../canvas/graph.ts";
import { same } from "../canvas/live/same.ts";
import { type Choose, type Desk, openDesk, type Settled } from "../canvas/merge/clash.ts";
import { eitherOf } from "../canvas/merge/fields.ts";
import { mergeOn } from "../canvas/merge/merge.ts";
import type { Manifest } from "./manifest.ts";

/** What makes it this project, and what is merged by its own rules; all else is settings. */
const NO_SETTINGS: readonly string[] = [
  "schema",
  "uuid",
  "created",
  "fps",
  "width",
  "height",
  "drop_frame",
  "pixel_aspect",
  "canvas",
  "shots",
];

/** Two versions of a project in one, by meaning: canvas, chosen takes, settings. See {@link mergeOn}. */
export function mergeManifests(
  base: Manifest,
  mine: Manifest,
  theirs: Manifest,
  choose: Choose = () => "mine",
): { manifest: Manifest; clashes: Settled[] } {
  const desk = openDesk(choose);
  const settings = mergeSettings(desk, base, mine, theirs);
  const canvas = mergeOn(desk, base.canvas, mine.canvas, theirs.canvas);
  const chosen = [base, mine, theirs].map((manifest) =>
    new Map(Object.values(manifest.shots).map((shot) => [shot.node, shot.active]))
  ) as [Chosen, Chosen, Chosen];
  const shots: Manifest["shots"] = {};
  for (const node of canvas.nodes.filter(isGenerating)) {
    const active = mergeChoice(desk, node, chosen);
    shots[node.shot] = { node: node.id, ...(active === undefined ? {} : { active }) };
  }
  return { manifest: { ...mine, ...settings, canvas, shots }, clashes: desk.clashes };
}

type Chosen = Map<string, string | undefined>;

function mergeChoice(
  desk: Desk,
  node: { id: string; title: string },
  [was, here, there]: [Chosen, Chosen, Chosen],
): string | undefined {
  const three = { base: was.get(node.id), mine: here.get(node.id), theirs: there.get(node.id) };
  // A node that one side does not have has nothing to say there.
  if (!here.has(node.id) || !there.has(node.id)) return three.mine ?? three.theirs;
  const either = eitherOf(three);
  if (either) return either.value;
  const about = { node_id: node.id, title: node.title, field: null };
  return three[desk.settle({ ...about, ...three, id: `take:${node.id}`, kind: "take" })];
}

function mergeSettings(desk: Desk, base: Manifest, mine: Manifest, theirs: Manifest): Partial<Manifest> {
  const [was, here, there] = [base, mine, theirs] as Record<string, unknown>[];
  const merged: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(here!), ...Object.keys(there!)])) {
    const three = { base: was![key], mine: here![key], theirs: there![key] };
    if (NO_SETTINGS.includes(key) || same(three.mine, three.theirs)) continue;
    const either = eitherOf(three);
    const about = { node_id: null, title: "The project", field: key };
    merged[key] = either
      ? either.value
      : three[desk.settle({ ...about, ...three, id: `setting:${key}`, kind: "setting" })];
  }
  return merged as Partial<Manifest>;
}

import { isDeepStrictEqual } from "node:util";
import type { HistoryChange } from "../../shared/api/history.ts";
import type { CanvasNode, Edge, Graph } from "../../shared/canvas/graph.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import { TIERS } from "../../shared/tiers.ts";

/** What one version of project.json made of another, in words: project, nodes, wires. */
export function changesBetween(before: Manifest, after: Manifest): HistoryChange[] {
  return [
    ...projectChanges(before, after),
    ...nodeChanges(before.canvas, after.canvas),
    ...edgeChanges(before.canvas, after.canvas),
  ];
}

function projectChanges(before: Manifest, after: Manifest): HistoryChange[] {
  const changes: HistoryChange[] = [];
  const told = (sentence: string) => changes.push({ kind: "project", node_id: null, sentence });
  if (before.title !== after.title) told(`The project is called ${quoted(after.title)}.`);
  if (before.description !== after.description) told("The project's description changed.");
  if (before.quality !== after.quality) told(`The quality is ${TIERS[after.quality].label}.`);
  return changes;
}

function nodeChanges(before: Graph, after: Graph): HistoryChange[] {
  const was = new Map(before.nodes.map((node) => [node.id, node]));
  const is = new Set(after.nodes.map((node) => node.id));
  const changes: HistoryChange[] = before.nodes.filter((node) => !is.has(node.id)).map((node) => ({
    kind: "removed",
    node_id: node.id,
    sentence: `${quoted(node.title)} was removed.`,
  }));
  for (const node of after.nodes) {
    const base = was.get(node.id);
    const node_id = node.id;
    if (!base) changes.push({ kind: "added", node_id, sentence: `${quoted(node.title)} was added.` });
    else if (!isDeepStrictEqual(base, node)) changes.push({ node_id, ...changeOf(base, node) });
  }
  return changes;
}

/** Fields that only say where a node is. */
const PLACE = new Set(["position", "size"]);

function changeOf(base: CanvasNode, node: CanvasNode): Pick<HistoryChange, "kind" | "sentence"> {
  const a: Record<string, unknown> = { ...base };
  const b: Record<string, unknown> = { ...node };
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => !isDeepStrictEqual(a[field], b[field]));
  if (fields.every((field) => PLACE.has(field))) {
    return { kind: "moved", sentence: `${quoted(node.title)} was moved.` };
  }
  const words = fields.filter((field) => !PLACE.has(field)).map((field) =>
    fieldWords(field, a[field], b[field])
  );
  return { kind: "changed", sentence: `${quoted(base.title)}: ${words.join("; ")}.` };
}

/** Longest value that is told with its field; a prompt is only said to have changed. */
const SHORT = 40;

function fieldWords(field: string, before: unknown, after: unknown): string {
  const name = field.replaceAll("_", " ");
  if (field === "library") {
    const version = (after as { version?: number } | undefined)?.version;
    return version === undefined
      ? "is no longer from the library"
      : `is version ${version} of its library item`;
  }
  if (field === "params") return `inputs ${changedKeys(before, after).join(", ")} changed`;
  if (field === "promoted") return "the fields that it offers changed";
  if (field === "off") return after === undefined ? "is in force again" : String(after);
  if (field === "collapsed") return after ? "folded" : "unfolded";
  if (field === "parent") {
    return after === undefined
      ? "left its group"
      : before === undefined
      ? "joined a group"
      : "changed its group";
  }
  const [from, to] = [valueWords(before), valueWords(after)];
  return from === null || to === null ? `${name} changed` : `${name} ${from} → ${to}`;
}

function changedKeys(before: unknown, after: unknown): string[] {
  const [a, b] = [before, after].map((each) => (each ?? {}) as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => !isDeepStrictEqual(a[key], b[key])).sort();
}

/** Null for what is too long or no single value. */
function valueWords(value: unknown): string | null {
  if (value === undefined || value === "") return "none";
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" && value.length <= SHORT ? quoted(value) : null;
}

function edgeChanges(before: Graph, after: Graph): HistoryChange[] {
  const key = (edge: Edge) => JSON.stringify([edge.source, edge.source_port, edge.target, edge.target_port]);
  const titles = new Map([...before.nodes, ...after.nodes].map((node) => [node.id, node.title]));
  const words = (edge: Edge) =>
    `from ${quoted(titles.get(edge.source) ?? edge.source)} to ${
      quoted(titles.get(edge.target) ?? edge.target)
    }`;
  const [had, has] = [before, after].map((graph) => new Set(graph.edges.map(key))) as [
    Set<string>,
    Set<string>,
  ];
  return [
    ...before.edges.filter((edge) => !has.has(key(edge))).map((edge): HistoryChange => ({
      kind: "unwired",
      node_id: edge.target,
      sentence: `The wire ${words(edge)} was cut.`,
    })),
    ...after.edges.filter((edge) => !had.has(key(edge))).map((edge): HistoryChange => ({
      kind: "wired",
      node_id: edge.target,
      sentence: `A wire ${words(edge)} was laid.`,
    })),
  ];
}

/** Shots whose chosen take differs; shots without one on either side are left out. */
export function choicesBetween(
  before: Manifest,
  after: Manifest,
): { shot: string; node_id: string; before: string | null; after: string | null }[] {
  const shots = [...new Set([...Object.keys(before.shots), ...Object.keys(after.shots)])].sort();
  return shots.flatMap((shot) => {
    const [from, to] = [before.shots[shot], after.shots[shot]];
    if (from?.active === to?.active) return [];
    return [{
      shot,
      node_id: (to ?? from)!.node,
      before: from?.active ?? null,
      after: to?.active ?? null,
    }];
  });
}

function quoted(text: string): string {
  return `"${text}"`;
}

import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { CompareQuery, Comparison, FieldDifference, NodeDifference } from "../../shared/api/branches.ts";
import type { CanvasNode, Graph } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { MAIN } from "../../shared/project/branch.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { readManifest } from "../pushes/mod.ts";
import type { Studio } from "../studio.ts";
import { changesBetween } from "./compare.ts";
import { filesBetween, findCommit } from "./commits.ts";
import { takesBetween } from "./detail.ts";
import { valueText } from "./value_text.ts";

type Side = Comparison["from"];

/** Two branches or commits beside each other. ProblemError not_found, unprocessable when a project.json can't be read. */
export async function compareVersions(
  studio: Studio,
  project: ProjectRow,
  asked: z.infer<typeof CompareQuery>,
): Promise<Comparison> {
  // What is on the canvases now belongs to it.
  await studio.git.settle(project.id, [asked.from, asked.to]);
  const [from, to] = [await sideOf(studio, project, asked.from), await sideOf(studio, project, asked.to)];
  const gitDir = studio.git.path(project);
  const read = async ({ commit, title }: Side): Promise<Manifest> => {
    const found = await readManifest(gitDir, commit);
    if ("manifest" in found) return found.manifest;
    throw new ProblemError("unprocessable", `${title} cannot be compared: ${found.fault}`);
  };
  const [before, after] = [await read(from), await read(to)];
  return {
    from,
    to,
    nodes: nodeDifferences(before.canvas, after.canvas),
    wires: wireDifferences(before.canvas, after.canvas),
    settings: settingDifferences(before, after),
    changes: changesBetween(before, after),
    takes: await takesBetween(studio, project, before, after),
    ...await filesBetween(gitDir, from.commit, to.commit),
  };
}

async function sideOf(studio: Studio, project: ProjectRow, name: string): Promise<Side> {
  if (/^[0-9a-f]{40}$/.test(name)) {
    const { entry } = await findCommit(studio.git.path(project), name);
    return { branch: null, title: `${entry.subject} (${name.slice(0, 7)})`, commit: name };
  }
  const { title, commit } = await studio.branches.find(project, name);
  if (!commit) throw new ProblemError("unavailable", `The branch ${name} has no commit yet; try again.`);
  return { branch: name, title: name === MAIN ? "Main" : title, commit };
}

/** Where a node is, and what is compared before all else. */
const PLACE = new Set(["position", "size"]);
const SKIPPED = new Set(["id", "type", ...PLACE]);

export function nodeDifferences(before: Graph, after: Graph): NodeDifference[] {
  const was = new Map(before.nodes.map((node) => [node.id, node]));
  const is = new Map(after.nodes.map((node) => [node.id, node]));
  const titles = new Map([...was, ...is].map(([id, { title }]) => [id, title]));
  return [...new Set([...was.keys(), ...is.keys()])].sort().map((id) => {
    const [one, other] = [was.get(id), is.get(id)];
    const node = (other ?? one)!;
    const fields = one && other ? fieldDifferences(one, other, titles) : [];
    const moved = one && other &&
      [...PLACE].some((key) => !isDeepStrictEqual(fieldOf(one, key), fieldOf(other, key)));
    return {
      id,
      type: node.type,
      title: node.title,
      change: !one ? "added" : !other ? "removed" : fields.length ? "changed" : moved ? "moved" : "same",
      before: boxOf(one),
      after: boxOf(other),
      fields,
    };
  });
}

function fieldOf(node: CanvasNode, key: string): unknown {
  return (node as Record<string, unknown>)[key];
}

function boxOf(node: CanvasNode | undefined): NodeDifference["before"] {
  return node
    ? { ...node.position, width: node.size?.width ?? null, height: node.size?.height ?? null }
    : null;
}

function fieldDifferences(
  one: CanvasNode,
  other: CanvasNode,
  titles: ReadonlyMap<string, string>,
): FieldDifference[] {
  const flat = (node: CanvasNode) => {
    const { params = {}, ...rest } = node as Record<string, unknown>;
    return new Map([...Object.entries(rest), ...Object.entries(params as Record<string, unknown>)]);
  };
  const [a, b] = [flat(one), flat(other)];
  const keys = [...new Set([...a.keys(), ...b.keys()])].filter((key) => !SKIPPED.has(key));
  return keys.filter((key) => !isDeepStrictEqual(a.get(key), b.get(key))).map((key) => {
    const text = (value: unknown) =>
      key === "parent" && value !== undefined ? titles.get(String(value)) ?? null : valueText(value);
    return { field: key.replaceAll("_", " "), before: text(a.get(key)), after: text(b.get(key)) };
  });
}

function wireDifferences(before: Graph, after: Graph): Comparison["wires"] {
  const keys = (graph: Graph) =>
    new Map(
      graph.edges.map(({ source, source_port, target, target_port }) => [
        JSON.stringify([source, source_port, target, target_port]),
        { source, target },
      ]),
    );
  const [was, is] = [keys(before), keys(after)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().map((key) => ({
    ...(is.get(key) ?? was.get(key))!,
    change: !was.has(key) ? "added" : !is.has(key) ? "removed" : "same",
  }));
}

/** All that is no canvas and no choice: whatever else project.json says. */
function settingDifferences(before: Manifest, after: Manifest): FieldDifference[] {
  const [a, b] = [before, after] as Record<string, unknown>[];
  return [...new Set([...Object.keys(a!), ...Object.keys(b!)])]
    .filter((key) => key !== "canvas" && key !== "shots" && !isDeepStrictEqual(a![key], b![key]))
    .map((key) => ({
      field: key.replaceAll("_", " "),
      before: valueText(a![key]),
      after: valueText(b![key]),
    }));
}

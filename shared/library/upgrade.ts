import { mapFiles } from "../canvas/file_refs.ts";
import type { CanvasNode, Edge, Graph } from "../canvas/graph.ts";
import { outsideIn, withContents } from "../canvas/groups.ts";
import { same } from "../canvas/live/same.ts";
import { applyOperations, type Operation } from "../canvas/operations.ts";
import { withIds } from "./extract.ts";
import { fieldName, valueWords } from "./field_words.ts";

/** A field that the newer version and somebody here have changed, each to something else. */
export interface Choice {
  /** Names it among the choices. */
  key: string;
  node_id: string;
  title: string;
  /** In a person's words. */
  field: string;
  mine: string;
  theirs: string;
}

export interface Upgrade {
  /** What the newer version changes here, a sentence each. */
  changes: string[];
  /** What has to be asked: where nothing is said, what was done here stays. */
  choices: Choice[];
  /** One gesture; `theirs` are the keys of the choices in which the newer version is taken. */
  operations(theirs: ReadonlySet<string>): Operation[];
}

export interface Newer {
  item: string;
  version: number;
  /** What the node was made from, and what the item has become, its files in their places in this project. */
  base: Graph;
  next: Graph;
  /** A node of that kind with an id, and a shot's name, that nobody in the graph has. */
  fresh(graph: Graph, node: CanvasNode): CanvasNode;
  newEdgeId(): string;
}

/** Of these a node keeps its own: where it lies, what it is called among shots, what it was made from. */
const OWN: ReadonlySet<string> = new Set([
  "id",
  "type",
  "position",
  "size",
  "parent",
  "library",
  "shot",
  "collapsed",
]);

/**
 * What it means to take a newer version of the item that a node (with a group all that lies in it) was made from: three ways, by
 * field. What was changed here and not there stays, and nothing that lies here moves. Null when the node was not made from it.
 */
export function upgrade(local: Graph, rootId: string, newer: Newer): Upgrade | null {
  const root = local.nodes.find((node) => node.id === rootId);
  if (root?.library?.item !== newer.item) return null;
  const inside = withContents(local, [rootId]);
  const own = local.nodes.filter((node) => inside.has(node.id) && node.library?.item === newer.item);
  const ids = new Map<string, string>();
  for (const node of own) if (!ids.has(node.library!.part)) ids.set(node.library!.part, node.id);
  const known = new Set(newer.base.nodes.map((node) => node.id));
  const added = outsideIn(newer.next.nodes).filter((node) => !ids.has(node.id) && !known.has(node.id));
  const made = new Map<string, CanvasNode>();
  let grown = local;
  for (const node of added) {
    const fresh = newer.fresh(grown, node);
    grown = { nodes: [...grown.nodes, fresh], edges: grown.edges };
    ids.set(node.id, fresh.id);
    made.set(fresh.id, fresh);
  }
  const base = withIds(newer.base, ids), next = withIds(newer.next, ids);
  const parts = new Map([...ids].map(([part, id]) => [id, part]));
  const plan = { local, root, newer, base, next, parts, made };
  return compare(plan);
}

interface Plan {
  local: Graph;
  root: CanvasNode;
  newer: Newer;
  base: Graph;
  next: Graph;
  /** By id here: the node's name in the item. */
  parts: ReadonlyMap<string, string>;
  made: ReadonlyMap<string, CanvasNode>;
}

type Fields = Record<string, unknown>;

function compare(plan: Plan): Upgrade {
  const { local, base, next, newer, parts, made } = plan;
  const here = byId(local.nodes), was = byId(base.nodes), is = byId(next.nodes);
  const changes: string[] = [];
  const choices: (Choice & { set: Fields | "remove" })[] = [];
  const steady: Operation[] = [];
  for (const [id, part] of parts) {
    const node = here.get(id), before = was.get(id), after = is.get(id);
    if (!node || made.has(id)) continue;
    if (!after) {
      // It was in the item and is no more.
      if (!before) continue;
      const edited = fieldsOf(node, before).some(([field]) =>
        !same(plain(field, node), plain(field, before))
      );
      if (edited) choices.push({ ...removal(node), set: "remove" });
      else {
        steady.push({ op: "remove_node", id });
        changes.push(`${node.title} is no longer part of it.`);
      }
      continue;
    }
    const library = { item: newer.item, version: newer.version, part };
    if (!before || before.type !== after.type || after.type !== node.type) {
      steady.push({ op: "update_node", id, set: { library } });
      continue;
    }
    const merged = merge(node, before, after);
    steady.push({ op: "update_node", id, set: { ...merged.set, library } });
    if (merged.words.length) changes.push(`${node.title}: ${merged.words.join("; ")}.`);
    choices.push(...merged.choices);
  }
  const added = additions(plan);
  for (const { node } of added) changes.push(`${node.title} is new in it.`);
  const wires = wireChanges(plan);
  if (wires.added.length || wires.removed.length) {
    changes.push(`Wires: ${wires.added.length} new, ${wires.removed.length} gone.`);
  }
  return {
    changes,
    choices: choices.map(({ set: _, ...choice }) => choice),
    operations(theirs) {
      const chosen = choices.filter((choice) => theirs.has(choice.key));
      return whatApplies(local, [
        ...wires.removed.map((edge): Operation => ({ op: "remove_edge", id: edge.id })),
        ...added,
        ...withChosen(steady, chosen),
        ...chosen.flatMap(({ node_id, set }): Operation[] =>
          set === "remove" ? [{ op: "remove_node", id: node_id }] : []
        ),
        ...wires.added.map((edge): Operation => ({ op: "add_edge", edge })),
      ]);
    },
  };
}

/** Steps on one node are one step, with what was chosen; two would each write its parameters whole. */
function withChosen(steady: readonly Operation[], chosen: readonly (Choice & { set: Fields | "remove" })[]) {
  return steady.map((operation): Operation => {
    if (operation.op !== "update_node") return operation;
    const set: Fields = { ...operation.set };
    for (const choice of chosen) {
      if (choice.node_id !== operation.id || choice.set === "remove") continue;
      const { params, ...fields } = choice.set as Fields & { params?: Fields };
      Object.assign(set, fields);
      if (params) set.params = tidy({ ...(set.params as Fields ?? {}), ...params });
    }
    return { ...operation, set };
  });
}

function merge(node: CanvasNode, before: CanvasNode, after: CanvasNode) {
  const set: Fields = {};
  const words: string[] = [];
  const choices: (Choice & { set: Fields })[] = [];
  const params: Fields = { ...("params" in node ? node.params : {}) };
  let changed = false;
  for (const [field, now] of fieldsOf(node, before, after)) {
    const [mine, old, theirs] = [plain(field, node), plain(field, before), plain(field, after)];
    if (same(old, theirs) || same(mine, theirs)) continue;
    const value = valueAt(field, after);
    const [parameter] = /^params\.(.+)$/.exec(field)?.slice(1) ?? [];
    if (same(mine, old)) {
      words.push(`${fieldName(field)} ${valueWords(field, now)} → ${valueWords(field, value)}`);
      if (parameter === undefined) set[field] = value ?? null;
      else {
        params[parameter] = value;
        changed = true;
      }
      continue;
    }
    choices.push({
      key: `${node.id}/${field}`,
      node_id: node.id,
      title: node.title,
      field: fieldName(field),
      mine: valueWords(field, now),
      theirs: valueWords(field, value),
      set: parameter === undefined ? { [field]: value ?? null } : { params: { [parameter]: value } },
    });
  }
  // Also when only a choice may change one of them: it is written on top of all.
  if (changed || choices.some((choice) => "params" in choice.set)) set.params = tidy(params);
  return { set, words, choices };
}

function tidy(params: Fields): Fields {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

/** Every field that one of them has and that a version has a say in; a parameter is a field. */
function fieldsOf(node: CanvasNode, ...others: CanvasNode[]): [field: string, value: unknown][] {
  const names = new Set<string>();
  for (const each of [node, ...others]) {
    for (const key of Object.keys(each)) {
      if (OWN.has(key) || key === "params" || (key === "title" && "shot" in each)) continue;
      names.add(key);
    }
    if ("params" in each) { for (const key of Object.keys(each.params)) names.add(`params.${key}`); }
  }
  return [...names].map((name) => [name, valueAt(name, node)]);
}

function valueAt(field: string, node: CanvasNode): unknown {
  if (field.startsWith("params.")) return "params" in node ? node.params[field.slice(7)] : undefined;
  return (node as unknown as Fields)[field];
}

/** A file is what its bytes are, wherever it lies. */
function plain(field: string, node: CanvasNode): unknown {
  return mapFiles(valueAt(field, node), (file) => file.oid);
}

function removal(node: CanvasNode): Choice {
  return {
    key: `${node.id}/`,
    node_id: node.id,
    title: node.title,
    field: "the node itself",
    mine: "stays, as it was changed here",
    theirs: "is no longer part of it",
  };
}

/** What is new in the item, as far from its neighbours here as it lies from them there. */
function additions({ local, next, root, newer, parts, made }: Plan): { op: "add_node"; node: CanvasNode }[] {
  const nodes = byId(next.nodes), here = byId(local.nodes);
  return [...made].map(([id, fresh]) => {
    const node = nodes.get(id)!;
    const beside = next.nodes.find((each) => each.parent === node.parent && here.has(each.id));
    const anchor = here.get(beside?.id ?? root.id)!;
    const origin = nodes.get(anchor.id)?.position ?? { x: 0, y: 0 };
    const copy = {
      ...node,
      ...("shot" in fresh ? { shot: fresh.shot, title: fresh.title } : {}),
      position: {
        x: anchor.position.x + node.position.x - origin.x,
        y: anchor.position.y + node.position.y - origin.y,
      },
      library: { item: newer.item, version: newer.version, part: parts.get(id)! },
    } as CanvasNode;
    return { op: "add_node", node: copy };
  });
}

function wireChanges({ local, base, next, newer, parts }: Plan): { added: Edge[]; removed: Edge[] } {
  const key = (edge: Edge) => `${edge.source} ${edge.source_port} ${edge.target} ${edge.target_port}`;
  const [old, wanted, here] = [base, next, local].map((graph) => new Set(graph.edges.map(key))) as [
    Set<string>,
    Set<string>,
    Set<string>,
  ];
  return {
    removed: local.edges.filter((edge) => old.has(key(edge)) && !wanted.has(key(edge))),
    added: next.edges.filter((edge) =>
      !old.has(key(edge)) && !here.has(key(edge)) && parts.has(edge.source) && parts.has(edge.target)
    ).map((edge) => ({ ...edge, id: newer.newEdgeId() })),
  };
}

/** In order; a step that cannot be here (an input was wired to something else) is left out. */
function whatApplies(graph: Graph, operations: readonly Operation[]): Operation[] {
  const whole = applyOperations(graph, operations);
  if (whole.ok) return [...operations];
  let now = graph;
  return operations.filter((operation) => {
    const applied = applyOperations(now, [operation]);
    if (applied.ok) now = applied.graph;
    return applied.ok;
  });
}

function byId<T extends { id: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((each) => [each.id, each]));
}

import fc from "fast-check";
import { CanvasNode, type Edge, EMPTY_GRAPH, GENERATING, type Graph, type NodeType } from "./graph.ts";
import { applyOperations, type Operation } from "./operations.ts";
import { PORTS } from "./ports.ts";

/** Few nodes, each of its type, so that steps meet the same ones again and again and wires often fit. */
const TYPES: NodeType[] = [
  "asset",
  "generate_image",
  "edit_image",
  "kontext",
  "pipeline",
  "shot",
  "shot",
  "shot",
  "shot",
  "assembler",
  "group",
  "group",
  "note",
];
const index = fc.integer({ min: 0, max: TYPES.length - 1 });
const id = index.map((n) => `n${n}`);
const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) =>
  text.length <= 120
);
const groupId = fc.constantFrom("n10", "n11");
/** Now and then of a field that the node does not have, or of a node that lies elsewhere. */
const promotions = fc.array(fc.tuple(id, fc.constantFrom("prompt", "params.steps", "text", "kind")), {
  maxLength: 4,
}).map((all) => Object.fromEntries(all.map(([node, field], rank) => [`${node}.${field}`, { rank }])));
const shot = fc.integer({ min: 1, max: 12 }).map((n) => `SHOT-${n}0`);

/** Any node the schema takes; shots' names come from few, so that they clash at times. */
export const anyNode: fc.Arbitrary<CanvasNode> = fc.record({
  index,
  title: words,
  x: fc.integer({ min: -9999, max: 9999 }),
  shot,
  parent: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: id }),
}).map(({ index, title, x, shot, parent }) => {
  const type = TYPES[index]!;
  return CanvasNode.parse({
    id: `n${index}`,
    type,
    title,
    position: { x, y: x + 1 },
    ...((GENERATING as readonly string[]).includes(type) ? { shot } : {}),
    ...(parent === undefined ? {} : { parent }),
  });
});

/** Every wire that could be between two of the nodes, were it alone. */
const FITTING: Omit<Edge, "id">[] = TYPES.flatMap((from, source) =>
  PORTS[from].outputs.flatMap((output) =>
    TYPES.flatMap((to, target) =>
      PORTS[to].inputs.filter((input) => source !== target && input.accepts.includes(output.type)).map((
        input,
      ) => ({
        source: `n${source}`,
        source_port: output.name,
        target: `n${target}`,
        target_port: input.name,
      }))
    )
  )
);

/** Mostly a wire that could be, else one between ports of any name. */
export const anyEdge: fc.Arbitrary<Edge> = fc.tuple(
  fc.integer({ min: 0, max: 30 }),
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...FITTING) },
    {
      weight: 1,
      arbitrary: fc.record({
        source: id,
        source_port: fc.constantFrom("image", "shot", "nothing"),
        target: id,
        target_port: fc.constantFrom("assets", "previous", "nothing"),
      }),
    },
  ),
).map(([n, wire]) => ({ id: `e${n}`, ...wire }));

export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: anyNode.map((node): Operation => ({ op: "add_node", node })) },
  { weight: 9, arbitrary: anyEdge.map((edge): Operation => ({ op: "add_edge", edge })) },
  {
    weight: 2,
    arbitrary: fc.record({
      id,
      set: fc.oneof(
        words.map((title) => ({ title })),
        id.map((parent) => ({ parent })),
        fc.constant({ parent: null }),
        shot.map((name) => ({ shot: name })),
        fc.constant({ nonsense: true }),
      ),
    }).map(({ id, set }): Operation => ({ op: "update_node", id, set })),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.record({ id, parent: groupId }).map(({ id, parent }): Operation => ({
        op: "update_node",
        id,
        set: { parent },
      })),
      fc.record({ id: groupId, promoted: promotions }).map(({ id, promoted }): Operation => ({
        op: "update_node",
        id,
        set: { promoted },
      })),
    ),
  },
  { weight: 1, arbitrary: id.map((id): Operation => ({ op: "remove_node", id })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 30 }).map((n): Operation => ({ op: "remove_edge", id: `e${n}` })),
  },
);

/** Enough steps that wires, groups and chains of shots come about. */
export const anySteps: fc.Arbitrary<Operation[]> = fc.array(anyOperation, { maxLength: 80, size: "max" });

/** Takes what can be taken, one by one, as an artist who is refused now and then. */
export function grow(operations: readonly Operation[]): Graph {
  let graph = EMPTY_GRAPH;
  for (const operation of operations) {
    const applied = applyOperations(graph, [operation]);
    if (applied.ok) graph = applied.graph;
  }
  return graph;
}

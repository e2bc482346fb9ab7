import fc from "fast-check";
import { CanvasNode, type Edge, GENERATING, type NodeType } from "./graph.ts";
import type { Operation } from "./operations.ts";
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
  { weight: 1, arbitrary: id.map((id): Operation => ({ op: "remove_node", id })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 30 }).map((n): Operation => ({ op: "remove_edge", id: `e${n}` })),
  },
);

/** Enough steps that wires, groups and chains of shots come about. */
export const anySteps: fc.Arbitrary<Operation[]> = fc.array(anyOperation, { maxLength: 80, size: "max" });

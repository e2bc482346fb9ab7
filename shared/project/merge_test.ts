import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps } from "../canvas/arbitrary.ts";
import { EMPTY_GRAPH, type Graph, isGenerating } from "../canvas/graph.ts";
import { applyOperations, graphFaults, type Operation } from "../canvas/operations.ts";
import { Manifest, writeManifest } from "./manifest.ts";
import { mergeManifests } from "./merge.ts";

function grow(graph: Graph, steps: Operation[]): Graph {
  return steps.reduce((now, step) => {
    const applied = applyOperations(now, [step]);
    return applied.ok ? applied.graph : now;
  }, graph);
}

/** A project with this canvas, whose shots have chosen one of few takes. */
function manifestOf(canvas: Graph, { title, take }: { title: string; take: number }): Manifest {
  return {
    schema: 1,
    uuid: "01938000-0000-7000-8000-000000000001",
    title,
    created: "2026-01-02T03:04:05.678Z",
    description: "",
    quality: "standard",
    fps: "24",
    width: 1280,
    height: 720,
    canvas,
    shots: Object.fromEntries(
      canvas.nodes.filter(isGenerating).map((node, at) => {
        const chosen = (take + at) % 3;
        return [node.shot, {
          node: node.id,
          ...(chosen ? { active: `${node.shot}_v01_take0${chosen}` } : {}),
        }];
      }),
    ),
  };
}

const about = fc.record({
  title: fc.constantFrom("The Lighthouse", "The Keeper"),
  take: fc.integer({ min: 0, max: 2 }),
});
const anyThree = fc.tuple(anySteps, anySteps, anySteps, about, about, about).map(
  ([start, ours, others, ...abouts]) => {
    const base = grow(EMPTY_GRAPH, start);
    return {
      base: manifestOf(base, abouts[0]),
      mine: manifestOf(grow(base, ours), abouts[1]),
      theirs: manifestOf(grow(base, others), abouts[2]),
    };
  },
);
const RUNS = { numRuns: 100 };

Deno.test("what one side did alone is the merge, to the byte", () => {
  fc.assert(
    fc.property(anyThree, ({ base, mine }) => {
      for (const merged of [mergeManifests(base, mine, base), mergeManifests(base, base, mine)]) {
        assert.deepEqual(merged.clashes, []);
        assert.equal(writeManifest(merged.manifest), writeManifest(mine));
      }
    }),
    RUNS,
  );
});

Deno.test("without clashes it does not matter which side is whose", () => {
  fc.assert(
    fc.property(anyThree, ({ base, mine, theirs }) => {
      const one = mergeManifests(base, mine, theirs), other = mergeManifests(base, theirs, mine);
      assert.equal(one.clashes.length === 0, other.clashes.length === 0);
      if (one.clashes.length) return;
      assert.equal(writeManifest(one.manifest), writeManifest(other.manifest));
    }),
    RUNS,
  );
});

Deno.test("whatever is chosen, the merge is a project.json that can be read", () => {
  fc.assert(
    fc.property(anyThree, fc.boolean(), ({ base, mine, theirs }, all) => {
      const { manifest } = mergeManifests(base, mine, theirs, () => all ? "theirs" : "mine");
      assert.deepEqual(graphFaults(manifest.canvas), []);
      const read = Manifest.parse(JSON.parse(writeManifest(manifest)));
      const makers = read.canvas.nodes.filter(isGenerating);
      assert.deepEqual(Object.keys(read.shots).sort(), makers.map((node) => node.shot).sort());
    }),
    RUNS,
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { AudioTrack, CanvasNode, Graph, NodeOf } from "../../../shared/canvas/graph.ts";
import { LAID_SOUNDS, LAID_TAKES, laidFilms } from "../../../shared/film/arbitrary.ts";
import type { Take } from "../../../shared/api/work.ts";
import { RATES } from "../../../shared/time/rate.ts";
import { gainAt, headroom, layerAt, layersOf, seenAt } from "./layers.ts";
import { markAt } from "./marks.ts";
import { playable } from "./playable.ts";
import { demoFilm } from "./testing.ts";

const RATE = { rate: RATES["24"], drop: false };
const cutOf = ({ graph, take }: ReturnType<typeof demoFilm>) => playable(graph, "film", take, RATE)!;

/** The demonstration film with fields of its nodes set. */
function film(fields: Record<string, Record<string, unknown>> = {}) {
  const { graph, take } = demoFilm();
  const nodes = graph.nodes.map((node) => ({ ...node, ...fields[node.id] }) as CanvasNode);
  return { graph: { ...graph, nodes }, take };
}

const at = (told: ReturnType<typeof demoFilm>, frame: number) => {
  const layer = layerAt(layersOf(cutOf(told)), frame);
  return layer?.reel ? `${layer.reel.reel}:${seenAt(layer, frame)!.frame}` : "black";
};

Deno.test("the preview shows every shot in the film's order, trimmed, and keeps the place of one without a take", () => {
  const told = film();
  assert.equal(cutOf(told).frames, 48 + 30 + 24);
  assert.deepEqual([0, 47, 48, 77, 78, 101].map((frame) => at(told, frame)), [
    ...["one:0", "one:47", "two:6", "two:35", "three:0", "three:0"],
  ]);
});

Deno.test("speed, backwards, held frames and black are as a render has them", () => {
  const told = film({ one: { speed: 200, gap: 10 }, two: { speed: -100 } });
  assert.equal(cutOf(told).frames, 24 + 10 + 30 + 24);
  assert.deepEqual([0, 1, 23, 24, 33, 34, 63].map((frame) => at(told, frame)), [
    ...["one:0", "one:2", "one:46", "black", "black", "two:35", "two:6"],
  ]);
  assert.equal(at(film({ two: { speed: 0 } }), 60), "two:6");
});

Deno.test("a transition is as long as the take that leaves has frames for, and a wipe is one here too", () => {
  // The second shot is trimmed at 36 of 48 frames: twelve are left.
  const told = film({ two: { transition: { kind: "wipe", pattern: 21, frames: 24 } } });
  const layers = layersOf(cutOf(told));
  const coming = layers.find((layer) => layer.reel?.reel === "three")!;
  const mixes = [78, 84, 89, 90].map((frame) => seenAt(coming, frame)!.mix);
  assert.deepEqual(mixes.map((mix) => mix && Number(mix.at.toFixed(3))), [0.077, 0.538, 0.923, null]);
  assert.equal(mixes[0]!.kind, "wipe");
  const leaving = layers.find((layer) => layer.reel?.reel === "two")!;
  assert.equal(seenAt(leaving, 89)!.leaves, true);
  assert.equal(seenAt(leaving, 90), null);
});

Deno.test("sound goes up and down as its fades say, at its level, and the loudest fits the player", () => {
  const clip = (more: object) => ({
    ...{ id: "a", file: { path: "01_Assets/Audio/Theme.wav", oid: "a".repeat(64), size: 1 } },
    ...{ at: 10, from: 0, frames: 40, ...more },
  });
  const tracks: AudioTrack[] = [{ name: "Music", clips: [clip({ level: 6, fade_in: 10, fade_out: 20 })] }];
  const cut = cutOf(film({ film: { tracks } }));
  const sound = cut.sounds.find((each) => each.take.audio)!;
  assert.equal(gainAt(sound, 9), 0);
  assert.ok(gainAt(sound, 10) < gainAt(sound, 15) && gainAt(sound, 15) < gainAt(sound, 20));
  assert.ok(Math.abs(gainAt(sound, 25) * headroom(cut) - 1) < 1e-9);
  assert.ok(gainAt(sound, 49) < 0.2);
  assert.equal(gainAt(sound, 50), 0);
});

Deno.test("marks trim the shot that is seen, backwards the other end of its take", () => {
  const mark = (told: ReturnType<typeof film>, frame: number, which: "in" | "out") =>
    markAt(layerAt(layersOf(cutOf(told)), frame), frame, which);
  const forward = mark(film(), 50, "in");
  assert.ok("operation" in forward);
  assert.deepEqual([forward.operation, forward.frame], [
    { op: "update_node", id: "two", set: { trim_in: 8 } },
    48,
  ]);
  const end = mark(film(), 60, "out");
  assert.ok("operation" in end);
  assert.deepEqual(end.operation, { op: "update_node", id: "two", set: { trim_out: 19 } });
  const backwards = mark(film({ two: { speed: -100 } }), 50, "in");
  assert.ok("operation" in backwards);
  assert.deepEqual(backwards.operation, { op: "update_node", id: "two", set: { trim_out: 34 } });
  const black = mark(film({ one: { gap: 10 } }), 50, "in");
  assert.match("refused" in black ? black.refused : "", /no shot here/);
});

Deno.test("whatever a canvas says, its film plays: every frame of it has a picture or is black", () => {
  const wild = fc.record({
    ...{ fade_in: fc.integer({ min: 1, max: 999 }), fade_out: fc.integer({ min: 1, max: 999 }) },
    lead: fc.integer({ min: 1, max: 9 }),
  }, { requiredKeys: [] });
  const takeOf = new Map(LAID_TAKES.map((take, index) => [`n${index}`, take]));
  fc.assert(
    fc.property(
      laidFilms([RATE]),
      wild,
      fc.array(
        fc.record({ frames: fc.integer({ min: 1, max: 999 }), none: fc.boolean(), out: fc.nat(400) }),
        {
          minLength: 9,
          maxLength: 9,
        },
      ),
      ({ shots }, ends, spoilt) => {
        const worse = shots.map((shot, i): NodeOf<"shot"> => ({
          ...shot,
          trim_out: spoilt[i]!.out || 1,
          transition: { kind: "wipe", pattern: 47, frames: spoilt[i]!.frames },
          from_black: { kind: "dissolve", frames: spoilt[i]!.frames },
        }));
        const clip = { at: 0, from: 0, frames: 500, file: LAID_SOUNDS[0]! };
        const tracks = [{ name: "Twice", clips: [{ id: "a", ...clip }, { id: "b", ...clip, at: 3 }] }];
        const node = {
          id: "film",
          type: "assembler",
          title: "Film",
          position: { x: 0, y: 0 },
          tracks,
          ...ends,
        };
        const edges = worse.map((shot, i) => ({
          ...{ id: `e${i}`, source: shot.id, source_port: "shot" },
          ...(worse[i + 1]
            ? { target: worse[i + 1]!.id, target_port: "previous" }
            : { target: "film", target_port: "sequence" }),
        }));
        const graph = { nodes: [...worse, node], edges } as Graph;
        const cut = playable(graph, "film", (id) => {
          const index = Number(id.slice(1));
          const { kind, frames } = takeOf.get(id)!;
          return spoilt[index]!.none ? null : { id, node_id: id, kind, name: id, media: { frames } } as Take;
        }, RATE);
        // Only a film of which the trims leave nothing is none.
        if (!cut) {
          assert.ok(worse.every((shot) => (shot.trim_out ?? 0) <= shot.trim_in));
          return;
        }
        const layers = layersOf(cut);
        for (let frame = 0; frame < cut.frames; frame++) {
          assert.ok(layers.some((layer) => seenAt(layer, frame)), `frame ${frame}`);
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  );
});

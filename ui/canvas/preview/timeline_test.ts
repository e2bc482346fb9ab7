import assert from "node:assert/strict";
import { demoFilm } from "./testing.ts";
import { blackAt, clipAt, lengthOf, opacityAt, timelineOf } from "./timeline.ts";

Deno.test("the preview's timeline has every shot in the film's order, trimmed, without gaps", () => {
  const { graph, take } = demoFilm();
  const clips = timelineOf(graph, "film", take);
  assert.deepEqual(clips.map((clip) => [clip.shot.id, clip.start, clip.frames, clip.from]), [
    ["one", 0, 48, 0],
    ["two", 48, 30, 6],
    ["three", 78, 24, 0],
  ]);
  assert.equal(lengthOf(clips), 102);
});

Deno.test("a frame of the film is shown by the clip that covers it, and the end by the last", () => {
  const { graph, take } = demoFilm();
  const clips = timelineOf(graph, "film", take);
  assert.deepEqual([0, 47, 48, 77, 78, 101, 5000].map((frame) => clipAt(clips, frame)!.shot.id), [
    "one",
    "one",
    "two",
    "two",
    "three",
    "three",
    "three",
  ]);
  assert.equal(clipAt([], 3), null);
});

Deno.test("a take that is shorter than its shot ends where it ends", () => {
  const { graph, take } = demoFilm();
  const clips = timelineOf(graph, "film", (id) => {
    const found = take(id);
    return found && id === "one" ? { ...found, media: { ...found.media, frames: 40 } } : found;
  });
  assert.equal(clips[0]!.frames, 40);
  assert.equal(clips[1]!.start, 40);
});

Deno.test("in a dissolve the next clip comes in over the one before, for as long as that one has frames", () => {
  const { graph, take } = demoFilm();
  const nodes = graph.nodes.map((node) =>
    node.id === "two"
      ? { ...node, transition: { kind: "dissolve", frames: 24 } as const } as typeof node
      : node
  );
  // The second shot is trimmed at 36 of 48 frames: twelve are left for the dissolve.
  const clips = timelineOf({ ...graph, nodes }, "film", take);
  assert.equal(clips[1]!.dissolve, 12);
  assert.deepEqual([77, 78, 89, 90].map((frame) => opacityAt(clips, 1, frame)), [1, 1, 1, 0]);
  const coming = [77, 78, 84, 89, 90].map((frame) => opacityAt(clips, 2, frame));
  assert.equal(coming[0], 0);
  assert.ok(coming[1]! > 0 && coming[1]! < coming[2]! && coming[2]! < coming[3]! && coming[3]! < 1);
  assert.equal(coming[4], 1);
});

Deno.test("fades begin and end in black, and leave the middle alone", () => {
  const at = (frame: number) => blackAt(100, { fade_in: 10, fade_out: 20 }, frame);
  assert.ok(at(0) > 0.9 && at(99) > 0.9);
  assert.deepEqual([10, 50, 79].map(at), [0, 0, 0]);
  assert.equal(blackAt(100, {}, 0), 0);
});

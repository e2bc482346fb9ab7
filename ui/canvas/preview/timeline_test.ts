import assert from "node:assert/strict";
import { demoFilm } from "./testing.ts";
import { clipAt, lengthOf, timelineOf } from "./timeline.ts";

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

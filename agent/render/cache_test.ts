import assert from "node:assert/strict";
import { join } from "@std/path";
import { transitionLines } from "../../shared/edl/mod.ts";
import { JobFailure } from "../lease/executor.ts";
import { openFolder, readCodes } from "../media/testing.ts";
import { openCache } from "./cache.ts";
import { Room, run } from "./testing_room.ts";

Deno.test("after one shot is changed only that shot is rendered; the rest is what was rendered before", async () => {
  await using room = await Room.open("24", { width: 96, height: 54 });
  const mpeg4 = { width: 96, height: 54, encoding: ["-c:v", "mpeg4", "-q:v", "2"] };
  for (const [i, reel] of ["A", "B", "C", "D"].entries()) await room.take(reel, 100 * (i + 1), 60, mpeg4);
  const cache = openCache(join(room.folder, "segments"));
  const list = (from: number) => {
    const [a, b, c, d] = [
      room.event(1, "A", 2, 40, 0),
      room.event(2, "B", 0, 40, 40),
      room.event(3, "C", from, 40, 80),
      room.event(4, "D", 6, 30, 120),
    ] as const;
    return room.list([a, ...transitionLines({ ...b, transition: { kind: "dissolve", frames: 8 } }, a), c, d]);
  };
  const first = await room.render(list(3), { cache });
  assert.equal(first.made_with.frames_kept, 0);
  const second = await room.render(list(4), { cache });
  assert.equal(second.made_with.frames_kept, 110, "all but the shot that changed");
  const codes = await readCodes(second.file);
  assert.deepEqual([...codes.slice(0, 40), ...codes.slice(80)], [
    ...run(102, 40),
    ...run(304, 40),
    ...run(406, 30),
  ]);
  const third = await room.render(list(4), { cache, spec: { name: "Another-name_v009" } });
  assert.equal(third.made_with.frames_kept, 150);
  // Another take under the same reel is another picture.
  room.takes[3]!.oid = "f".repeat(64);
  assert.equal((await room.render(list(4), { cache })).made_with.frames_kept, 120);
});

Deno.test("what is kept stays within its budget, the longest unused goes first, and a cleaned folder loses nothing", async () => {
  await using folder = await openFolder();
  const kept = join(folder.path, "segments");
  const cache = openCache(kept, { atMost: () => Promise.resolve(1000) });
  const keep = async (key: string, size: number) => {
    const file = join(folder.path, `piece-${key}`);
    await Deno.writeFile(file, new Uint8Array(size).fill(key.charCodeAt(0)));
    await cache.keep(key, file);
  };
  let number = 0;
  const has = async (key: string) => await cache.fetch(key, join(folder.path, `out${number++}`));
  for (const [i, key] of ["aa", "bb", "cc"].entries()) {
    await keep(key, 240);
    await Deno.utime(join(kept, key, key), new Date(i * 1000), new Date(i * 1000));
  }
  assert(await has("aa"), "used just now");
  await keep("dd", 240);
  await keep("ee", 240);
  assert.deepEqual([await has("aa"), await has("bb"), await has("ee")], [true, false, true]);
  await keep("ff", 900);
  assert(!await has("ff"), "one piece may not push out all the others");
  await Deno.remove(kept, { recursive: true });
  assert(!await has("aa"));
  await keep("gg", 100);
  assert(await has("gg"));
  const bytes = await Deno.readFile(join(folder.path, `out${number - 1}`));
  assert.deepEqual([bytes.length, bytes[0]], [100, "g".charCodeAt(0)]);
});

Deno.test("a piece that cannot be kept leaves nothing of itself", async () => {
  await using folder = await openFolder();
  const from = join(folder.path, "piece");
  await Deno.writeFile(from, new Uint8Array(100));
  const cache = openCache(join(folder.path, "kept"));
  // As where its name is taken: a scanner holds it, or another file system.
  await Deno.mkdir(join(folder.path, "kept", "ab", "abc", "taken"), { recursive: true });
  await cache.keep("abc", from);
  const names = [...Deno.readDirSync(join(folder.path, "kept", "ab"))].map(({ name }) => name);
  assert.deepEqual(names, ["abc"]);
});

Deno.test("room on the disk is named before a frame is made, and progress counts real frames to the end", async () => {
  await using room = await Room.open("24", { width: 96, height: 54 });
  await room.take("A", 100, 48, { width: 96, height: 54, encoding: ["-c:v", "mpeg4"] });
  const list = room.list([room.event(1, "A", 0, 48, 0), room.event(2, "A", 0, 48, 48)]);
  await room.render(list);
  const stages = room.progress.map((it) => it.stage);
  assert.match(stages.find((stage) => /Needs/.test(stage))!, /^Needs about \d+ MB of disk$/);
  const encoding = stages.filter((stage) => /^Encoding/.test(stage));
  assert(
    encoding.length && encoding.every((stage) => / · needs about \d+ MB of disk$/.test(stage)),
    encoding[0],
  );
  assert(stages.some((stage) => /^Encoding 96 of 96 frames · SHOT-A_v01_take01/.test(stage)));
  assert.equal(room.progress.at(-1)!.progress, 1);
});

Deno.test("a render takes no more room on the disk than it says before it begins, in every kind of joining", async () => {
  await using room = await Room.open("24", { width: 320, height: 180 });
  await room.take("A", 100, 24, { width: 320, height: 180, encoding: ["-c:v", "mpeg4"], tone: 300 });
  const list = room.list([0, 1].map((i) => room.event(i + 1, "A", 0, 24, i * 24)));
  const taken = bytesIn(room.folder);
  for (const format of ["mp4-h264", "mov-prores", "webm"] as const) {
    room.progress.length = 0;
    let most = 0;
    const made = await room.render(list, {
      as: { format, loudness: -16 },
      onProgress: () => most = Math.max(most, bytesIn(room.folder) - taken),
    });
    most = Math.max(most, bytesIn(room.folder) - taken);
    const said = /^Needs about (\d+) MB/.exec(
      room.progress.find(({ stage }) => /^Needs/.test(stage))!.stage,
    )![1];
    assert(most > 0 && most <= Number(said) * 1e6, `${format} took ${most} bytes and said ${said} MB`);
    for (const path of [made.file, made.poster, made.proxy]) if (path) await Deno.remove(path);
  }
});

/** Bytes of all files in a folder; what goes meanwhile counts for nothing. */
function bytesIn(folder: string): number {
  let sum = 0;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      // What a sparse file has not written takes no room.
      sum += isDirectory ? bytesIn(path) : (Deno.statSync(path).blocks ?? 0) * 512;
    }
  } catch { /* it has gone */ }
  return sum;
}

Deno.test("a render is cancelled within a second of the word, and leaves no process behind", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 24, { encoding: ["-c:v", "mpeg4"] });
  const stop = new AbortController();
  const reason = new JobFailure("cancelled", "The artist cancelled it.");
  const many = Array.from({ length: 300 }, (_, i) => room.event(i + 1, "A", i % 12, 8 + i % 5, i * 24));
  const asked = room.render(room.list(many), {
    signal: stop.signal,
    as: { format: "mp4-h265" },
    onProgress: ({ progress }) => progress > 0.005 && stop.abort(reason),
  });
  await assert.rejects(asked, (error) => error === reason);
});

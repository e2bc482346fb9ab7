import assert from "node:assert/strict";
import { join } from "@std/path";
import { nominalRate, type RateName } from "../../shared/time/rate.ts";
import { inspect, readMp4, setupOf, videoEncoding } from "../media/mod.ts";
import { readCodes } from "../media/testing.ts";
import { batchesOf, encodeBatch, type Piece } from "./batch.ts";
import { openCache } from "./cache.ts";
import { H264, PREVIEW } from "./codecs.ts";
import type { Screen } from "./screen.ts";
import type { Take } from "./take.ts";
import { Room, run } from "./testing_room.ts";

const SMALL = { width: 96, height: 54 };

async function takeOf(room: Room, reel: string): Promise<Take> {
  const path = room.paths.get(reel)!;
  const picture = (await readMp4(path))!.tracks.find(({ kind }) => kind === "vide")!;
  const file = await inspect(path);
  return {
    ...{ reel, name: reel, oid: reel, timecodeStart: 0, file, sound: null, picture, setup: setupOf(picture) },
    ...{ still: false, frames: file.frames },
  };
}

function pieceOf(room: Room, take: Take, from: number, frames: number): Piece {
  const feed = { file: take.file, oid: take.oid, start: from };
  return {
    path: join(room.folder, `piece-${take.reel}-${from}.mp4`),
    segment: {
      ...{ at: 0, frames, shown: { kind: "run", feed }, copy: null, packets: { take, from } },
      ...{ over: "", event: null, names: [take.name] },
    },
  };
}

const screenOf = (room: Room): Screen => ({ rate: room.rate, ...SMALL, aspect: [1, 1] });

for (const fps of ["23.976", "25", "59.94"] as RateName[]) {
  Deno.test(`at ${fps} pieces of takes are encoded in one stream and come apart at their own key frames, each with its frames`, async () => {
    await using room = await Room.open(fps, SMALL);
    await room.take("A", 1, 90, SMALL);
    await room.take("B", 201, 50, SMALL);
    const [a, b] = [await takeOf(room, "A"), await takeOf(room, "B")];
    const wanted: [Take, number, number][] = [
      // Within a group, one frame alone, from a key frame on, over key frames, twice of a place, to the take's end.
      ...[[a, 5, 6], [b, 7, 1], [a, 0, 4], [b, 9, 41], [a, 3, 2], [a, 89, 1], [b, 1, 3]] as const,
    ].map(([take, from, frames]) => [take, from, frames]);
    const pieces = wanted.map(([take, from, frames]) => pieceOf(room, take, from, frames));
    const how = { screen: screenOf(room), codec: H264, threads: 1 };
    let counted = 0;
    const options = { onFrame: (frame: number) => counted = frame };
    assert(await encodeBatch(pieces, how, join(room.folder, "whole.mp4"), options));
    assert.equal(counted, wanted.reduce((sum, [, , frames]) => sum + frames, 0));
    for (const [i, [take, from, frames]] of wanted.entries()) {
      const { path } = pieces[i]!;
      const track = (await readMp4(path))!.tracks[0]!;
      assert.equal(setupOf(track), take.setup, "with the headers of the takes");
      assert.deepEqual([track.keys.has(0), track.shown], [true, null]);
      assert.deepEqual(await readCodes(path), run((take === a ? 1 : 201) + from, frames));
    }
    assert(![...Deno.readDirSync(room.folder)].some(({ name }) => name === "whole.mp4"), "nothing is left");
  });
}

Deno.test("what cannot be decoded whole gives no piece at all, and the film is made piece by piece", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("A", 1, 48, SMALL);
  await room.take("B", 201, 48, SMALL);
  const whole = join(room.folder, "whole.mp4");
  const [a, b] = [await takeOf(room, "A"), await takeOf(room, "B")];
  const how = { screen: screenOf(room), codec: H264, threads: 1 };
  const pieces = [pieceOf(room, a, 5, 7), pieceOf(room, b, 14, 6), pieceOf(room, a, 30, 6)];
  const list = room.list([
    room.event(1, "A", 5, 31, 0),
    room.event(2, "B", 14, 6, 31),
    room.event(3, "A", 30, 6, 37),
  ]);
  const sound = await Deno.readFile(room.paths.get("B")!);
  const bytes = sound.slice();
  // In the middle of the key frame that decoding begins at.
  const at = b.picture!.offsets[12]!;
  bytes.fill(0xff, at + (b.picture!.sizes[12]! >> 1), at + b.picture!.sizes[12]!);
  await Deno.writeFile(room.paths.get("B")!, bytes);
  assert.equal(await encodeBatch(pieces, how, whole), false);
  const made = await room.render(list);
  const codes = await readCodes(made.file);
  assert.equal(codes.length, 43, "as many frames as ever");
  assert.deepEqual([...codes.slice(0, 31), ...codes.slice(37)], [...run(6, 31), ...run(31, 6)]);
  // Its place is taken by what is no sample.
  new DataView(bytes.buffer).setUint32(at, 0x7fffffff);
  await Deno.writeFile(room.paths.get("B")!, bytes);
  assert.equal(await encodeBatch(pieces, how, whole), false);
  await Deno.remove(room.paths.get("B")!);
  assert.equal(await encodeBatch(pieces, how, whole), false);
  assert.deepEqual(
    [...Deno.readDirSync(room.folder)].filter(({ name }) => /^(piece|whole)/.test(name)),
    [],
    "nothing was begun",
  );
  await Deno.writeFile(room.paths.get("B")!, sound);
  assert.equal(await encodeBatch(pieces, how, whole), true);
});

Deno.test("a film cut inside groups has the frames of its list, and a change to one shot encodes that piece alone", async () => {
  await using room = await Room.open("24", SMALL);
  // Key frames every half second, and nowhere else.
  const encoding = [...videoEncoding(room.rate), "-sc_threshold", "0"];
  for (const [i, reel] of ["A", "B", "C"].entries()) {
    await room.take(reel, 100 * (i + 1), 60, { ...SMALL, encoding });
  }
  const cache = openCache(join(room.folder, "segments"));
  const shots = (third: number): [string, number, number][] => [
    ...[["A", 5, 30], ["B", 8, 20], ["C", third, 9], ["A", 5, 30], ["B", 26, 6]] as [
      string,
      number,
      number,
    ][],
  ];
  const list = (third: number) => {
    let at = 0;
    return room.list(
      shots(third).map(([reel, from, frames], i) =>
        room.event(i + 1, reel, from, frames, (at += frames) - frames)
      ),
    );
  };
  const due = (third: number) =>
    shots(third).flatMap(([reel, from, frames]) => run(100 * ("ABC".indexOf(reel) + 1) + from, frames));
  const first = await room.render(list(13), { cache });
  assert.deepEqual(await readCodes(first.file), due(13));
  // One of each shot: those behind it, up to the next key frame of the take, are copied, too.
  assert.deepEqual([first.made_with.frames_encoded, first.made_with.frames_kept], [5, 0]);
  const kept = keptIn(room);
  assert.equal(kept.length, 5, "four pieces, for two shots look the same, and a poster");
  const second = await room.render(list(14), { cache });
  assert.deepEqual(await readCodes(second.file), due(14));
  assert.equal(second.made_with.frames_kept, 4, "all but the piece that changed");
  assert.equal(keptIn(room).length, 6);
  // Pieces out of one stream, and out of their own, one after another.
  assert.deepEqual(await readCodes((await room.render(list(15))).file), due(15));
});

Deno.test("shots that look the same are encoded once and joined as often as the list has them, into WebM and pictures, too", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("A", 1, 30, SMALL);
  await room.take("B", 201, 30, SMALL);
  const reels = ["A", "B", "A", "A", "B"];
  const list = room.list(reels.map((reel, i) => room.event(i + 1, reel, 5, 6, i * 6)));
  const cache = openCache(join(room.folder, "segments"));
  const due = reels.flatMap((reel) => run(reel === "A" ? 6 : 206, 6));
  const film = await room.render(list, { as: { format: "webm" }, cache });
  assert.deepEqual(await readCodes(film.file), due);
  // Two pieces of the film, two of its preview, and a poster.
  assert.equal(keptIn(room).length, 5);
  const pictures = await room.render(list, { as: { format: "png-sequence" }, cache });
  assert.deepEqual(await readCodes(pictures.proxy!), due);
});

function keptIn(room: Room): string[] {
  const folder = join(room.folder, "segments");
  return [...Deno.readDirSync(folder)].flatMap(({ name }) =>
    [...Deno.readDirSync(join(folder, name))].map((file) => file.name)
  );
}

Deno.test("pieces are shared out to the encoders once each, and only those that fit are put together", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("A", 1, 120, SMALL);
  const take = await takeOf(room, "A");
  const screen = screenOf(room);
  const second = nominalRate(screen.rate);
  const pieces = Array.from({ length: 90 }, (_, i) => pieceOf(room, take, i, 1 + i % 9));
  const words = { ...pieces[0]!, segment: { ...pieces[0]!.segment, over: "drawtext=text=x" } };
  const { packets: _, ...foreign } = pieces[0]!.segment;
  const others: Piece[] = [words, { ...pieces[0]!, segment: foreign }];
  for (const width of [1, 2, 16]) {
    const { batches, single } = batchesOf<Piece>([...others, ...pieces], { codec: H264, screen, width });
    assert.deepEqual(new Set([...batches.flat(), ...single]), new Set([...others, ...pieces]));
    assert.equal(batches.flat().length + single.length, 92);
    assert(others.every((piece) => single.includes(piece)));
    for (const batch of batches) {
      const packets = batch.reduce(
        (sum, { segment }) => sum + segment.frames + segment.packets!.from % 12,
        0,
      );
      assert(batch.length > 1 && packets <= 30 * second, `${packets} packets in one`);
    }
    assert.equal(batches.length > 2, width > 2);
  }
  const small = batchesOf(pieces.slice(0, 1), { codec: H264, screen, width: 4 });
  assert.deepEqual(small, { batches: [], single: pieces.slice(0, 1) });
  assert.equal(batchesOf(pieces, { codec: PREVIEW, screen, width: 4 }).batches.length, 0);
});

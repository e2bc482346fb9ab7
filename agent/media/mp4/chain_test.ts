import assert from "node:assert/strict";
import { join } from "@std/path";
import fc from "fast-check";
import { RATES } from "../../../shared/time/rate.ts";
import { videoEncoding } from "../encoding.ts";
import { makeCodedClip, openFolder } from "../testing.ts";
import { type Chain, chainOf, HEAD, numbered } from "./chain.ts";
import { readMp4, type Track } from "./read.ts";

const OURS = [...videoEncoding(RATES["24"]), "-sc_threshold", "0"];

async function pictureOf(folder: string, more: string[]): Promise<{ path: string; track: Track }> {
  const path = join(folder, `${more.join("").replaceAll(/\W/g, "")}.mp4`);
  await makeCodedClip({ to: path, first: 1, frames: 40, rate: RATES["24"], encoding: [...OURS, ...more] });
  return { path, track: (await readMp4(path))!.tracks.find(({ kind }) => kind === "vide")! };
}

async function headsIn({ path, track }: { path: string; track: Track }): Promise<Uint8Array[]> {
  const bytes = await Deno.readFile(path);
  return [...track.offsets].map((offset) => bytes.subarray(offset, offset + HEAD));
}

Deno.test("frames of ours refer to the one before alone, and are numbered anew and back without a bit more that changes", async () => {
  await using folder = await openFolder();
  const ours = await pictureOf(folder.path, ["-g", "30"]);
  const chain = chainOf(ours.track.entry)!;
  assert.deepEqual(chain, { bits: 4, weighted: true });
  const heads = await headsIn(ours);
  for (const [frame, head] of heads.entries()) {
    const size = ours.track.sizes[frame]!;
    const was = frame % 30;
    const number = was + 21;
    const made = numbered(head, { size, was, number }, chain)?.head ?? null;
    if (ours.track.keys.has(frame)) {
      assert.equal(made, null, "a key frame has no number to change");
      continue;
    }
    assert(made, `frame ${frame}`);
    const whole = Uint8Array.from([...made, ...head.subarray(made.length)]);
    const differ = whole.filter((byte, i) => byte !== head[i]).length;
    assert(differ > 0 && differ <= 2, "four bits lie in two bytes at most");
    const back = numbered(whole, { size, was: number, number: was }, chain)!.head;
    assert.deepEqual(back, head.slice(0, back.length));
    assert.equal(numbered(head, { size, was: was + 1, number }, chain), null, "it has another number");
    assert.equal(numbered(head, { size: size + 1, was, number }, chain), null, "it is not all of the sample");
  }
});

Deno.test("streams whose frames refer to others, are shown in another order or in fields, or lie in slices are not numbered anew", async () => {
  await using folder = await openFolder();
  for (
    const more of [["-refs", "3"], ["-bf", "2"], ["-x264-params", "interlaced=1"], [
      "-pix_fmt",
      "yuv444p",
      "-profile:v",
      "high444",
    ]]
  ) {
    assert.equal(chainOf((await pictureOf(folder.path, more)).track.entry), null, more.join(" "));
  }
  const sliced = await pictureOf(folder.path, ["-x264-params", "stitchable=1:open-gop=0:slices=3"]);
  const chain = chainOf(sliced.track.entry)!;
  const [, second] = await headsIn(sliced);
  assert.equal(numbered(second!, { size: sliced.track.sizes[1]!, was: 1, number: 5 }, chain), null);
  assert.equal(chainOf(Uint8Array.of(1, 2, 3)), null);
});

Deno.test("a sample that ends within its header is no frame, whatever lies behind it in the file", async () => {
  await using folder = await openFolder();
  const { path, track } = await pictureOf(folder.path, ["-g", "30"]);
  const chain = chainOf(track.entry)!;
  const [, head] = await headsIn({ path, track });
  for (let size = 5; size < HEAD; size++) {
    const short = head!.slice();
    new DataView(short.buffer).setUint32(0, size - 4);
    const made = numbered(short, { size, was: 1, number: 9 }, chain)?.head ?? null;
    assert(made === null || made.length <= size, `${size} bytes`);
  }
});

Deno.test("whatever bytes are there, what is numbered differs in the number alone and holds no start code", () => {
  const chains = fc.record({ bits: fc.integer({ min: 4, max: 16 }), weighted: fc.boolean() });
  const zeros = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 }));
  // A slice of the plainest kind begins so; what follows is anything.
  const units = fc.tuple(
    fc.constantFrom(0x41, 0x61, 0x01, 0x65),
    fc.constantFrom(0x9a, 0x9b, 0xe0, 0xff),
    fc.array(zeros, { minLength: HEAD - 6, maxLength: HEAD - 6 }),
  );
  const numbers = fc.tuple(fc.nat(40), fc.nat(40));
  let made = 0;
  fc.assert(
    fc.property(units, chains, numbers, ([head, first, rest], chain: Chain, [was, number]) => {
      const bytes = Uint8Array.from([0, 0, 4, 0, head, first, ...rest]);
      const found = numbered(bytes, { size: 0x404, was, number }, chain)?.head;
      if (!found) return;
      made++;
      const whole = Uint8Array.from([...found, ...bytes.subarray(found.length)]);
      const back = numbered(whole, { size: 0x404, was: number, number: was }, chain)?.head;
      assert.deepEqual(back, bytes.slice(0, found.length));
      for (let i = 4; i < found.length; i++) {
        assert(whole[i] !== 0 || whole[i + 1] !== 0 || whole[i + 2]! > 3, "no start code");
      }
    }),
    { numRuns: 20_000, seed: 7 },
  );
  assert(made > 20, `${made} were numbered`);
});

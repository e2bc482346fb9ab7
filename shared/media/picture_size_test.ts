import assert from "node:assert/strict";
import fc from "fast-check";
import { formatOf } from "./format.ts";
import { pictureSize } from "./picture_size.ts";

const bytes = (...parts: (number[] | string)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...part].map((char) => char.charCodeAt(0)) : part),
  );
const frame = [0xff, 0xc0, 0, 17, 8, 0x02, 0xd0, 0x05, 0x00, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const exif = (orientation: number) => [
  0xff,
  0xe1,
  0,
  34,
  ...bytes("Exif", [0, 0], "II", [
    42,
    0,
    8,
    0,
    0,
    0,
    1,
    0,
    0x12,
    0x01,
    3,
    0,
    1,
    0,
    0,
    0,
    orientation,
    0,
    0,
    0,
  ]),
  0,
  0,
  0,
  0,
];

Deno.test("a picture's size is the one it is shown at", () => {
  assert.deepEqual(pictureSize(bytes([0xff, 0xd8], frame)), { width: 1280, height: 720 });
  assert.deepEqual(pictureSize(bytes([0xff, 0xd8], exif(1), frame)), { width: 1280, height: 720 });
  assert.deepEqual(pictureSize(bytes([0xff, 0xd8], exif(6), frame)), { width: 720, height: 1280 });
  const webp = bytes("RIFF", [0, 0, 0, 0], "WEBPVP8X", [10, 0, 0, 0, 0, 0, 0, 0, 0xff, 4, 0, 0xcf, 2, 0]);
  assert.deepEqual(pictureSize(webp), { width: 1280, height: 720 });
});

Deno.test("content decides what a file is", () => {
  assert.equal(formatOf(bytes([0xff, 0xd8, 0xff, 0xe0]))?.format, "jpeg");
  assert.equal(formatOf(bytes([0, 0, 0, 24], "ftypisom"))?.format, "mp4");
  assert.equal(formatOf(bytes([0, 0, 0, 24], "ftypqt  "))?.format, "mov");
  assert.equal(formatOf(bytes([0, 0, 0, 24], "ftypheic")), null);
  assert.equal(formatOf(bytes("<svg onload=alert(1)>")), null);
  assert.equal(formatOf(new Uint8Array()), null);
});

Deno.test("no rubbish makes it throw", () => {
  const start = fc.constantFrom(
    [0xff, 0xd8],
    [...bytes([0xff, 0xd8], exif(6))],
    [0x89, 0x50, 0x4e, 0x47],
    [],
  );
  fc.assert(fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, rest) => {
    const rubbish = Uint8Array.from([...head, ...rest]);
    formatOf(rubbish);
    const size = pictureSize(rubbish);
    assert.ok(size === null || (size.width > 0 && size.height > 0));
  }));
});

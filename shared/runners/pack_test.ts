import assert from "node:assert/strict";
import { strToU8, zipSync } from "fflate";
import { LARGEST_PACK, openPack, writePack } from "./pack.ts";

const faults = (bytes: Uint8Array) => {
  const opened = openPack(bytes);
  return "faults" in opened ? opened.faults : assert.fail("it was opened");
};
const manifest = strToU8('{"id":"ink"}');

Deno.test("what a pack says of its sizes is not believed", () => {
  const bomb = zipSync({ "runner.json": manifest, "a.json": new Uint8Array(40 * 2 ** 20) }, { level: 9 });
  assert.deepEqual(faults(bomb), ["It holds more than 64 files or 32 MB."]);
  const view = new DataView(bomb.buffer, bomb.byteOffset);
  for (let at = 0; at < bomb.length - 46; at++) {
    const size = { 0x04034b50: at + 22, 0x02014b50: at + 24 }[view.getUint32(at, true)];
    if (size !== undefined && view.getUint32(size, true) > 2 ** 20) view.setUint32(size, 10, true);
  }
  assert.deepEqual(faults(bomb), ["It holds more than 64 files or 32 MB."], "it claims to be ten bytes");
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, nth) => [`${nth}.json`, manifest]));
  assert.deepEqual(faults(zipSync(many)), ["It holds more than 64 files or 32 MB."]);
});

Deno.test("what is no pack is refused with a sentence, wherever it breaks off", () => {
  const whole = writePack(new Map([["runner.json", '{"id":"ink"}'], ["README.md", "Ink.\n".repeat(999)]]));
  assert.match(faults(whole).join(), /ink\/runner\.json/, "it is read, and its manifest judged");
  for (const part of [0, 10, whole.length / 2, whole.length - 30, whole.length - 1]) {
    assert.deepEqual(
      faults(whole.subarray(0, Math.floor(part))),
      ["This is no zip that can be read."],
      `${part}`,
    );
  }
  const stored = zipSync({ "runner.json": [manifest, { level: 0 }] });
  assert.match(faults(stored).join(), /ink\/runner\.json/, "nor need it be packed tightly");
  for (const name of ["../x.json", "a/b.json", "__proto__.json", "run.sh"]) {
    assert.match(
      faults(zipSync({ "runner.json": manifest, [name]: manifest })).join(),
      /may not be in it/,
      name,
    );
  }
  assert.match(faults(new Uint8Array(LARGEST_PACK + 1)).join(), /at most 4 MB/);
});

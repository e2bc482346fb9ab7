import assert from "node:assert/strict";
import fc from "fast-check";
import { fileNames, fileStem } from "./file_name.ts";

Deno.test("a file name keeps what every system can hold", () => {
  const told: [string, string][] = [
    ["keeper.png", "keeper"],
    ["C:\\Users\\ada\\Lamp room.JPEG", "Lamp room"],
    ["../../.git/config", "config"],
    ["..", "file"],
    ["", "file"],
    [".htaccess", "file"],
    ["---x.png", "x"],
    ["a:b?.png", "a-b-"],
    ["nul.png", "nul-file"],
    ["灯塔 🌊.webp", "灯塔 🌊"],
    ["photo\u202egnp.exe", "photognp"],
    ["name. . .png", "name"],
  ];
  for (const [name, stem] of told) assert.equal(fileStem(name), stem, JSON.stringify(name));
});

Deno.test("whatever a file is called, its name is one segment that begins with no dot", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    const [first] = fileNames(name, "png");
    assert.match(first!, /^[^./\\\p{Cc}][^/\\\p{Cc}]*\.png$/u);
    assert.ok(new TextEncoder().encode(first).length <= 120 && first!.isWellFormed());
  }));
});

Deno.test("names that are taken count up", () => {
  const names = fileNames("a.png", "png");
  assert.deepEqual([names.next().value, names.next().value, names.next().value], [
    "a.png",
    "a-2.png",
    "a-3.png",
  ]);
});

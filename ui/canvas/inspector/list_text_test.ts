import assert from "node:assert/strict";
import { textOfList } from "./list_text.ts";

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

Deno.test("a cut list from any system keeps its letters", () => {
  assert.equal(textOfList(new TextEncoder().encode("Müller 🌊").buffer as ArrayBuffer), "Müller 🌊");
  assert.equal(textOfList(bytes(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72, 0x80)), "Müller€");
  assert.equal(textOfList(bytes(0xff, 0xfe, 0x4d, 0, 0xfc, 0)), "Mü");
  assert.equal(textOfList(bytes(0xfe, 0xff, 0, 0x4d, 0, 0xfc)), "Mü");
  assert.equal(textOfList(bytes()), "");
});

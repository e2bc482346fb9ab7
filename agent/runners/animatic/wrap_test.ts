import assert from "node:assert/strict";
import fc from "fast-check";
import { cleanText, LEADING, setLine, setText } from "./wrap.ts";

const box = { width: 600, height: 300, sizes: [40, 30, 20] };

Deno.test("setText() keeps every word of a text that fits, in the largest type that holds it", () => {
  fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 20 }), (words) => {
    const { lines } = setText(words.join(" "), box);
    assert.equal(lines.join(" ").trim(), words.join(" "));
  }));
  assert.equal(setText("short", box).size, 40);
});

Deno.test("setText() never sets more lines than the box holds, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
    const { size, lines } = setText(text, box);
    assert.ok(lines.length * size * LEADING <= box.height);
  }));
});

Deno.test("setText() cuts what is too long with an ellipsis", () => {
  assert.match(setText("many words ".repeat(500), box).lines.at(-1)!, /…$/);
});

Deno.test("setLine() shortens by whole characters, a family of emoji included", () => {
  assert.equal(setLine("short", 20, 600), "short");
  const cut = setLine("👩‍👩‍👧‍👦".repeat(100), 20, 600);
  assert.ok(cut.endsWith("…") && !cut.slice(0, -1).endsWith("\u200d"));
});

Deno.test("cleanText() leaves nothing that a font can't draw or that moves the pen", () => {
  assert.equal(cleanText("a\u0000b\u200bc\r\nd\te\ufeff \ud800"), "abc\nd  e \ufffd");
});

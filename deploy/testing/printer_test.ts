import assert from "node:assert/strict";
import { openPrinter } from "./printer.ts";

Deno.test("what processes said that end at the same time is printed whole, one after another", async () => {
  let printed = "";
  const text = new TextDecoder();
  const slow = new WritableStream<Uint8Array<ArrayBuffer>>({
    async write(piece) {
      await new Promise((later) => setTimeout(later));
      printed += text.decode(piece, { stream: true });
    },
  });
  const print = openPrinter(slow);
  const said = (letter: string) => [1, 2].map(() => new TextEncoder().encode(letter.repeat(100_000)));
  await Promise.all(["a", "b", "c"].map((letter) => print(letter, said(letter))));
  const due = ["a", "b", "c"].map((letter) => `\n== ${letter}\n${letter.repeat(200_000)}`).join("");
  assert.ok(printed === due, "whole, and in order");
});

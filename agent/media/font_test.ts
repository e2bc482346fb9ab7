import assert from "node:assert/strict";
import { JobFailure } from "../lease/executor.ts";
import { findFonts, type Font } from "./font.ts";

Deno.test("findFonts() asks fontconfig for a font with the letters of a script", async () => {
  const fonts = await findFonts("夜 night", (font: Font) => Promise.resolve("font" in font));
  assert.deepEqual(fonts.regular, { font: "DejaVu Sans:charset=591c" });
  assert.deepEqual(fonts.bold, { font: "DejaVu Sans:bold" });
});

Deno.test("findFonts() keeps the usual font where ffmpeg knows no fontconfig", async () => {
  const fonts = await findFonts(
    "夜",
    (font: Font) => Promise.resolve("fontfile" in font && !font.fontfile.includes("Mono")),
  );
  assert.ok("fontfile" in fonts.regular);
  assert.deepEqual(fonts.mono, fonts.regular, "one font does for all where the others are missing");
});

Deno.test("findFonts() says what to install where there is no font at all", async () => {
  await assert.rejects(
    findFonts("night", () => Promise.resolve(false)),
    (error) =>
      error instanceof JobFailure && error.class === "agent" && /fonts-dejavu-core/.test(error.message),
  );
});

Deno.test("findFonts() finds a font on this machine", async () => {
  const fonts = await findFonts("night");
  assert.ok(fonts.regular && fonts.bold && fonts.mono);
});

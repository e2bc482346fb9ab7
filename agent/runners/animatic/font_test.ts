import assert from "node:assert/strict";
import { JobFailure } from "../../lease/executor.ts";
import { findFonts } from "./font.ts";

Deno.test("findFonts() asks fontconfig for a font with the letters of a script", async () => {
  const asked: string[] = [];
  const fonts = await findFonts("夜 night", {
    known: [],
    match: (pattern) => {
      asked.push(pattern);
      return Promise.resolve(pattern.includes("charset") ? "/fonts/cjk.otf" : "/fonts/sans.ttf");
    },
  });
  assert.equal(fonts.regular, "/fonts/cjk.otf");
  assert.equal(fonts.bold, "/fonts/sans.ttf");
  assert.ok(asked.includes("DejaVu Sans:charset=591c"), asked.join(", "));
});

Deno.test("findFonts() says what to install where there is no font at all", async () => {
  await assert.rejects(
    findFonts("night", { known: [], match: () => Promise.resolve(null) }),
    (error) =>
      error instanceof JobFailure && error.class === "agent" && /fonts-dejavu-core/.test(error.message),
  );
});

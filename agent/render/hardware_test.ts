import assert from "node:assert/strict";
import { readCodes } from "../media/testing.ts";
import { candidates, hardwareCodec, tryEncoder } from "./hardware.ts";
import { Room, run } from "./testing_room.ts";

const never = new AbortController().signal;

for (const format of ["mp4-h264", "mp4-h265"] as const) {
  Deno.test(`each card's ${format} encoder is asked with words that ffmpeg knows, and one that cannot says why`, async () => {
    for (const codec of candidates(format)) {
      // Its own words are known only to an ffmpeg that has it.
      if (codec.name.endsWith("videotoolbox") && Deno.build.os !== "darwin") continue;
      const why = await tryEncoder(codec, never);
      if (why === null) continue;
      assert.doesNotMatch(
        why,
        /Unrecognized option|Option not found|Unable to parse|Error (parsing|setting) option/i,
      );
      assert.notEqual(why.trim(), "");
    }
  });
}

Deno.test("what is chosen really encodes, and a film comes out whole where no card does", async () => {
  const chosen = await hardwareCodec("mp4-h265");
  if (chosen) assert.equal(await tryEncoder(chosen, never), null);
  assert.equal(await hardwareCodec("mp4-h265"), chosen, "asked once");
  await using room = await Room.open("24");
  await room.take("A", 100, 20);
  const made = await room.render(room.list([room.event(1, "A", 3, 15, 0)]), { as: { format: "mp4-h265" } });
  assert.equal(made.made_with.encoder, chosen?.name ?? "h265");
  assert.deepEqual(await readCodes(made.file), run(103, 15));
});

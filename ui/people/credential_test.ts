import assert from "node:assert/strict";
import { readPasted } from "./credential.ts";

const secret = "A".repeat(43);

Deno.test("what is pasted to sign in is understood with what surrounds it", () => {
  for (
    const text of [
      `http://studio.local:8080/enter?token=gms_enter_${secret}`,
      `  gms_enter_${secret}\n`,
      `Open: <https://films.example/enter?token=gms_enter_${secret}>`,
    ]
  ) assert.deepEqual(readPasted(text), { kind: "link", path: `/enter?token=gms_enter_${secret}` });
  assert.deepEqual(readPasted(` gms_access_${secret} `), { kind: "token", token: `gms_access_${secret}` });
});

Deno.test("anything else is refused with what to do", () => {
  for (const text of ["", "hello", "gms_enter_short", `gms_lease_${secret}`]) {
    const read = readPasted(text);
    assert.equal(read.kind, "wrong", text);
  }
  const machine = readPasted(`gms_join_${secret}`);
  assert.match(machine.kind === "wrong" ? machine.sentence : "", /machines/);
});

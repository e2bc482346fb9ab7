import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";

Deno.test("where a request comes from", async (t) => {
  await using test = await openTestStudio();

  await t.step(
    "another site's page may neither change anything nor open a socket, whoever is signed in",
    async () => {
      const foreign = [
        "https://evil.test",
        "http://studio.test.evil.test",
        "http://studio.test:8080",
        "null",
        "file://",
      ];
      for (const origin of foreign) {
        const change = await test.request("/api/auth/tokens", {
          method: "POST",
          headers: { origin },
          json: { name: "x" },
        });
        assert.equal(change.status, 403, origin);
        assert.equal((await change.json()).code, "origin_refused");
        const socket = await test.request("/api/events?project=x", {
          headers: { origin, upgrade: "websocket", connection: "upgrade" },
        });
        assert.equal(socket.status, 403, origin);
        assert.equal((await socket.json()).code, "origin_refused");
      }
    },
  );

  await t.step(
    "the studio's own pages may, by its public address and by the one they were loaded from",
    async () => {
      test.studio.config.publicUrl = "https://studio.example";
      for (const origin of ["https://studio.example", "http://10.0.0.5:8000", "https://10.0.0.5:8000"]) {
        const made = await test.app.request("http://10.0.0.5:8000/api/auth/tokens", {
          method: "POST",
          headers: {
            origin,
            authorization: `Bearer ${test.tokens.owner}`,
            "content-type": "application/json",
          },
          body: JSON.stringify({ name: "x" }),
        });
        assert.equal(made.status, 201, origin);
        await made.body?.cancel();
      }
    },
  );

  test.studio.config.publicUrl = "http://studio.test";
  await t.step("what sends no Origin is no page, and reading is open to all that may read", async () => {
    const script = await test.request("/api/auth/tokens", { method: "POST", json: { name: "x" } });
    assert.equal(script.status, 201);
    const read = await test.request("/api/me", { headers: { origin: "https://evil.test" } });
    assert.equal(read.status, 200);
  });
});

import assert from "node:assert/strict";
import { within } from "../parts.ts";
import { openTestStudio } from "../testing/studio.ts";
import { SOCKETS_PER_USER } from "./sockets.ts";
import { openTestScreen } from "./testing.ts";

/** A browser that asks for a socket and is gone before it has one: a page that is left as it opens. */
async function askAndLeave(base: string, path: string, token: string): Promise<void> {
  const { hostname, port, host } = new URL(base);
  using line = await Deno.connect({ hostname, port: Number(port) });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  await line.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
}

Deno.test("who hangs up before a socket is open takes nobody's place, and holds up no shutdown", async () => {
  const test = await openTestStudio();
  try {
    const base = await test.serve();
    const project = await test.makeProject();
    const paths = [`/api/events?project=${project.id}`, `/api/projects/${project.id}/canvas/live`];
    // Nobody is known for as long as this holds, so none of them is answered before it has left.
    await test.studio.db.sql.begin(async (tx) => {
      await tx`lock table tokens in access exclusive mode`;
      for (let asked = 0; asked < SOCKETS_PER_USER; asked++) {
        await askAndLeave(base, paths[asked % 2]!, test.tokens.owner);
      }
      await (await fetch(`${base}/healthz`)).body?.cancel();
    });
    using screen = openTestScreen(base, project.id, { authorization: `Bearer ${test.tokens.owner}` });
    await screen.event("state");
  } finally {
    const ended = within(20_000, Promise.resolve(test[Symbol.asyncDispose]()));
    assert.ok(await ended, "the gateway waits for whoever has left");
  }
});

import assert from "node:assert/strict";
import { createComfyClient } from "./client.ts";
import { followTerminal } from "./terminal.ts";

function comfyThatPrints(entries: { t: string; m: string }[] | null) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) =>
      entries && new URL(request.url).pathname === "/internal/logs/raw"
        ? Response.json({ entries, size: { cols: 80, rows: 24 } })
        : new Response("404: Not Found", { status: 404 }),
  );
  return {
    client: createComfyClient({ url: `http://127.0.0.1:${server.addr.port}` }),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("of what ComfyUI prints a job's log gets what is new since it began, its last words too", async () => {
  const entries = [{ t: "1", m: "got prompt of somebody else\n" }];
  await using comfy = comfyThatPrints(entries);
  const said: string[] = [];
  {
    await using _following = await followTerminal(comfy.client, (text) => said.push(text), 60_000);
    entries.push({ t: "2", m: "got prompt\n" }, { t: "3", m: "CUDA error" }, { t: "3", m: "\n" });
  }
  assert.equal(said.join(""), "got prompt\nCUDA error\n");
});

Deno.test("a ComfyUI that does not tell what it prints is no trouble", async () => {
  await using comfy = comfyThatPrints(null);
  await using _following = await followTerminal(comfy.client, () => assert.fail("it said nothing"));
});

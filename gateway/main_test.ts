import assert from "node:assert/strict";
import { Registered } from "../shared/agents/protocol.ts";
import { uuidv7 } from "../shared/ids.ts";
import { startProgram } from "./testing/program.ts";

const FACTS = {
  os: "linux",
  agent_version: "0",
  comfyui_version: null,
  driver: null,
  ram_mb: 1024,
  disk_free_mb: 1024,
  slots: [{ slot: "cpu", name: "CPU", vram_mb: 0, capabilities: ["animatic@low"] }],
};

Deno.test("the life of a gateway", async (t) => {
  const data = await Deno.makeTempDir();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(data, { recursive: true }));
  let cookie = "";
  let projectId = "";

  await t.step("the first start prints a link that opens the studio once, and not into the log", async () => {
    await using gateway = await startProgram({ STUDIO_DATA: data });
    const link = gateway.link ?? assert.fail("no link was printed");
    assert.ok(link.startsWith(`${gateway.url}/enter?token=`));
    const entered = await fetch(link, { redirect: "manual" });
    assert.equal(entered.status, 302);
    cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
    const again = await fetch(link, { redirect: "manual" });
    assert.equal(again.status, 410);
    await Promise.all([entered.body?.cancel(), again.body?.cancel()]);
    assert.ok(!gateway.lines.some((line) => line.startsWith("{") && line.includes("enter?token=")));
    projectId =
      (await send(gateway.url, "POST", "/projects", { title: "Kept" }, { cookie, origin: gateway.url })).id;

    await assert.rejects(
      startProgram({ STUDIO_DATA: data }),
      (error: Error) => /ended with 1:/.test(error.message) && /Another gateway uses/.test(error.message),
      "a second one in the same folder is refused",
    );
    gateway.signal("SIGKILL");
    await gateway.ended;
  });

  await t.step(
    "killed and started again it has everything; at SIGTERM it lets polls and sockets go and ends well",
    async () => {
      await using gateway = await startProgram({ STUDIO_DATA: data });
      assert.equal(gateway.link, null);
      const list = await fetch(`${gateway.url}/api/projects`, { headers: { cookie } });
      assert.equal((await list.json()).items[0].title, "Kept");

      const owner = { cookie, origin: gateway.url };
      const { code } = await send(gateway.url, "POST", "/agents/join-codes", {}, owner);
      const join = { authorization: `Bearer ${code}` };
      const { token } = Registered.parse(
        await send(gateway.url, "POST", "/agent/register", { name: "cpu", facts: FACTS }, join),
      );
      const agent = { authorization: `Bearer ${token}` };
      const boot_id = uuidv7();
      await send(gateway.url, "PUT", "/agent/session", { boot_id, facts: FACTS }, agent);

      const socket = await openSocket(
        `${gateway.url.replace("http", "ws")}/api/events?project=${projectId}`,
        owner,
      );
      const poll = send(gateway.url, "POST", "/agent/lease", { boot_id, slot: "cpu", wait_s: 25 }, agent);
      await untilPolled(gateway.url);
      gateway.signal("SIGTERM");
      assert.equal((await poll).lease, null);
      await socket.closed;
      assert.equal((await gateway.ended).code, 0, gateway.lines.join("\n"));
      await assert.rejects(fetch(`${gateway.url}/healthz`));
    },
  );

  await t.step("a port that is taken is named", async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await assert.rejects(
      startProgram({ STUDIO_DATA: data, PORT: String((taken.addr as Deno.NetAddr).port) }),
      /Port \d+ of 127\.0\.0\.1 is taken/,
    );
  });
});

async function send(
  url: string,
  method: string,
  path: string,
  json: unknown,
  headers: Record<string, string>,
) {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(json),
  });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${text}`);
  return JSON.parse(text);
}

/** A socket that has heard its first message. */
async function openSocket(
  url: string,
  headers: Record<string, string>,
): Promise<{ closed: Promise<unknown> }> {
  // Deno takes headers here; the types of browsers, which have none, win.
  const socket = new WebSocket(url, { headers } as never);
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<unknown>();
  socket.onmessage = () => opened.resolve();
  socket.onclose = closed.resolve;
  socket.onerror = () => opened.reject(new Error("the socket was refused"));
  await opened.promise;
  return { closed: closed.promise };
}

/** Until the gateway has the poll: beside the request that asks, one is being answered. */
async function untilPolled(url: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const figures = await (await fetch(`${url}/metrics`)).text();
    if (figures.includes("studio_http_requests_in_flight 2\n")) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("the poll never came");
}

Deno.test("what is wrong with the configuration is said in lines, not in a stack", async () => {
  await assert.rejects(
    startProgram({ PORT: "http", HOST: "", LOG_LEVEL: "loud" }),
    (error: Error) =>
      /ended with 1:\nThe configuration is wrong:\n {2}PORT: /.test(error.message) &&
      /LOG_LEVEL/.test(error.message) && !/ {4}at /.test(error.message),
  );
});

import assert from "node:assert/strict";
import { join } from "@std/path";
import { attempt } from "../testing/validators.ts";
import { freePort } from "../testing/free_port.ts";
import { site, standalone, written } from "./nginx.ts";
import { findNginx, startNginx } from "./start.ts";

const nginx = findNginx();
if (!nginx) console.warn("Skipped, the proxy: nginx is not installed; run `deno task setup --tests`.");

Deno.test("the site's file is what its source says", async () => {
  const file = join(import.meta.dirname!, "studio.conf");
  assert.equal(await Deno.readTextFile(file), written(), "run deploy/nginx/nginx.ts");
});

Deno.test({ name: "nginx takes the site with TLS", ignore: !nginx }, async () => {
  const folder = await Deno.makeTempDir({ prefix: "studio-nginx-" });
  try {
    const [certificate, key] = [join(folder, "tls.pem"), join(folder, "tls.key")];
    const request = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=studio.example",
    ];
    const made = await attempt("openssl", [...request, "-out", certificate, "-keyout", key]);
    assert.ok(made.ok, made.said);
    const gateways = ["127.0.0.1:8000", "127.0.0.1:8001"];
    const file = join(folder, "nginx.conf");
    const of = { listen: `${freePort()} ssl`, name: "studio.example", gateways, tls: { certificate, key } };
    await Deno.writeTextFile(file, standalone(of, folder));
    const { ok, said } = await attempt(nginx!, ["-t", "-q", "-e", "stderr", "-p", folder, "-c", file]);
    assert.ok(ok, said);
    assert.equal(said.trim(), "", "nor has it anything to warn of");
    assert.match(site(of), /ssl_certificate /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "uploads pass as they come, sockets stay open, and a dead gateway is passed over",
  ignore: !nginx,
}, async (t) => {
  const begun = Promise.withResolvers<void>();
  const gateway = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.headers.get("upgrade") === "websocket") {
      const from = request.headers.get("x-forwarded-for");
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(`${data} ${from}`);
      return response;
    }
    let bytes = 0;
    for await (const piece of request.body ?? []) {
      bytes += piece.length;
      begun.resolve();
    }
    return Response.json({ bytes, host: request.headers.get("host") });
  });
  const dead = `127.0.0.1:${freePort()}`;
  await using proxy = await startNginx(freePort(), [dead, `127.0.0.1:${gateway.addr.port}`]);
  try {
    await t.step("an upload of 64 MiB is with the gateway before its end is sent", async () => {
      const piece = new Uint8Array(1024 * 1024);
      let sent = 0;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        async pull(controller) {
          if (sent === 32) await begun.promise;
          if (sent++ === 64) controller.close();
          else controller.enqueue(piece);
        },
      });
      const answer = await fetch(`${proxy.url}/objects/large`, { method: "PUT", body });
      assert.deepEqual(await answer.json(), {
        bytes: 64 * piece.length,
        host: new URL(proxy.url).host,
      });
    });

    await t.step("a socket speaks both ways", async () => {
      const socket = new WebSocket(`${proxy.url.replace("http", "ws")}/api/events`);
      socket.onopen = () => socket.send("here");
      const heard = await new Promise((resolve, reject) => {
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = reject;
      });
      assert.equal(heard, "here 127.0.0.1");
      const closed = new Promise((resolve) => socket.onclose = resolve);
      socket.close();
      await closed;
    });

    await t.step("whichever is asked, the one that lives answers, to a change as well", async () => {
      const all = await Promise.all(
        Array.from(
          { length: 12 },
          (_, nth) => fetch(`${proxy.url}/api/x`, nth % 2 ? { method: "POST", body: "a change" } : {}),
        ),
      );
      for (const answer of all) {
        assert.equal(answer.status, 200);
        await answer.body?.cancel();
      }
    });

    await t.step("figures are not for everybody", async () => {
      const answer = await fetch(`${proxy.url}/metrics`);
      await answer.body?.cancel();
      assert.equal(answer.status, 404);
    });
  } finally {
    await gateway.shutdown();
  }
});

import assert from "node:assert/strict";
import { BEAT } from "../../shared/events/beat.ts";
import { keepOpen } from "./keep_open.ts";

Deno.test("a line that has gone silent without closing is given up and opened anew; one that beats is left alone", async () => {
  const open = new Set<WebSocket>();
  let connections = 0;
  // The first goes silent, as when a router has forgotten the connection; the second beats.
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const nth = ++connections;
    socket.onopen = () => {
      open.add(socket);
      socket.send(`hello ${nth}`);
      if (nth === 1) return;
      const timer = setInterval(() => socket.send(BEAT), 50);
      socket.onclose = () => clearInterval(timer);
    };
    return response;
  });
  const heard: string[] = [];
  let downs = 0;
  const again = Promise.withResolvers<void>(), calm = Promise.withResolvers<void>();
  const close = keepOpen(() => new WebSocket(`ws://127.0.0.1:${server.addr.port}`), {
    heard(data) {
      heard.push(String(data));
      if (data === "hello 2") again.resolve();
    },
    down: () => void downs++,
  }, { silentAfterMs: 800 });
  await again.promise;
  assert.deepEqual([heard, downs], [["hello 1", "hello 2"], 1]);
  // For twice the time in which the first was given up.
  const timer = setTimeout(calm.resolve, 1600);
  await calm.promise;
  clearTimeout(timer);
  assert.deepEqual([heard.length, downs, connections], [2, 1, 2], "beats are not passed on");
  const ended = Promise.all([...open].map((socket) =>
    new Promise<void>((resolve) => {
      if (socket.readyState === WebSocket.CLOSED) return resolve();
      socket.addEventListener("close", () => resolve());
    })
  ));
  close();
  await ended;
  await server.shutdown();
});

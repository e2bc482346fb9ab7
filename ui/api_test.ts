import assert from "node:assert/strict";
import { ApiError, callAt } from "./api.ts";

/** A gateway that answers each request with the next of these, as bytes, and hangs up; the last one again and again. */
function openDying(...answers: string[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let asked = 0;
  const serving = (async () => {
    for await (const line of listener) {
      using open = line;
      await open.read(new Uint8Array(4_096));
      await open.write(new TextEncoder().encode(answers[Math.min(asked++, answers.length - 1)]));
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/api/x`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

const head = (status: string, length: number) =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`;
const CUT_AT_ONCE = "", CUT_IN_THE_ANSWER = `${head("200 OK", 100)}{"jobs":`;
const AWAY = `${head("502 Bad Gateway", 3)}<p>`, THERE = `${head("200 OK", 10)}{"me":"A"}`;

Deno.test("a gateway that dies over its answer is asked again, and the person hears nothing of it", async () => {
  await using gateway = openDying(CUT_AT_ONCE, CUT_IN_THE_ANSWER, AWAY, THERE);
  assert.deepEqual(await callAt("GET", gateway.url), { me: "A" });
  assert.equal(gateway.asked(), 4);
});

Deno.test("what may not be asked twice is not, and no answer at all is said soon", async () => {
  const offline = (error: unknown) => error instanceof ApiError && /does not answer/.test(error.message);
  await using gateway = openDying(CUT_IN_THE_ANSWER);
  await assert.rejects(callAt("POST", gateway.url, {}), offline);
  assert.equal(gateway.asked(), 1);
  await assert.rejects(callAt("GET", gateway.url), offline);
  assert.equal(gateway.asked(), 4);
});

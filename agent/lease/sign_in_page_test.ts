import assert from "node:assert/strict";
import { eventually, startTestAgent, testSpec, writesFile } from "../testing/agent.ts";
import { openTestGateway, type TestGateway } from "../testing/gateway.ts";
import { sha256 } from "../testing/store.ts";

const PICTURE = new TextEncoder().encode("the bytes of a picture");
const PAGE = "<!DOCTYPE html><html><body>Welcome to Hotel Wi-Fi. Accept the terms.</body></html>";

/** What a network that wants a sign-in, or a proxy without its gateway, answers in the place of whoever was asked. */
const ANSWERS: [string, () => Response][] = [
  ["a page", () => new Response(PAGE, { headers: { "content-type": "text/html" } })],
  [
    "a way to the sign-in",
    () => new Response(null, { status: 302, headers: { location: "http://wifi.example/" } }),
  ],
  ["401", () => new Response(PAGE, { status: 401, headers: { "content-type": "text/html" } })],
  ["403", () => new Response(PAGE, { status: 403, headers: { "content-type": "text/html" } })],
  ["404", () => new Response(PAGE, { status: 404, headers: { "content-type": "text/html" } })],
];

/** Of everything that was made, how many answers in a row are the network's: more than any patience with refusals. */
const TIMES = 6;

function between(gateway: TestGateway, path: RegExp, answer: () => Response): { left: number } {
  const stands = { left: TIMES };
  gateway.fault = async (request) => {
    if (!path.test(new URL(request.url).pathname) || stands.left <= 0) return null;
    stands.left--;
    await request.body?.cancel();
    return answer();
  };
  return stands;
}

for (
  const [step, path] of [
    ["asks where to put it", /\/objects\/batch$/],
    ["sends it", /^\/bucket\//],
    ["has it checked", /\/verify$/],
    ["reports", /\/complete$/],
  ] as const
) {
  Deno.test(`a take is delivered though, as the agent ${step}, something else answers in the studio's place`, async () => {
    await using gateway = openTestGateway();
    await using agent = startTestAgent(gateway, await Deno.makeTempDir(), writesFile(PICTURE));
    for (const [name, answer] of ANSWERS) {
      gateway.store.objects.clear();
      const stands = between(gateway, path, answer);
      const job = gateway.add(testSpec());
      await gateway.until(`${name}: the take`, () => !["queued", "leased"].includes(job.state));
      assert.deepEqual([job.state, job.failed.length], ["succeeded", 0], name);
      assert.ok(stands.left < TIMES, "it stood there");
      assert.ok(gateway.store.has(sha256(PICTURE)), name);
      assert.equal(job.completed.length, 1, name);
    }
    await eventually("nothing is left behind", async () => (await agent.journal.entries()).length === 0);
  });
}

Deno.test("an agent that is answered by something else, in whatever it asks, goes on once that is gone", async () => {
  await using gateway = openTestGateway();
  await using agent = startTestAgent(gateway, await Deno.makeTempDir(), writesFile(PICTURE));
  let ended = false;
  void agent.ended.then(() => ended = true);
  for (const [name, answer] of ANSWERS) {
    await gateway.until(`${name}: it polls`, () => gateway.polls.length > 0);
    const stands = between(gateway, /^\/api\/agent\//, answer);
    await gateway.until(`${name}: that many answers`, () => stands.left === 0);
    const job = gateway.add(testSpec());
    await gateway.until(`${name}: the take`, () => job.state === "succeeded");
  }
  assert.ok(!ended);
});

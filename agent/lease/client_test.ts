import assert from "node:assert/strict";
import fc from "fast-check";
import { testMachine, writesFile } from "../testing/agent.ts";
import { backoffMs, pause } from "./backoff.ts";
import { createClient, GatewayError, type Refusal } from "./client.ts";

const { facts } = testMachine(writesFile(new Uint8Array()));
const LEASE = "01890000-0000-7000-8000-000000000000.1";

/** What the client makes of one answer, for a call about the agent and one about a lease. */
async function refusalsOf(
  answer: () => Response,
): Promise<{ session: GatewayError; complete: GatewayError }> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, answer);
  const client = createClient(`http://127.0.0.1:${server.addr.port}`, "token");
  const { signal } = new AbortController();
  const caught = async (call: Promise<unknown>) => {
    const error = await call.then(() => null, (error) => error);
    assert.ok(error instanceof GatewayError, String(error));
    return error;
  };
  return {
    session: await caught(client.session("boot", facts)),
    complete: await caught(client.fail(LEASE, { class: "agent", message: "x" }, signal)),
  };
}

function problem(status: number, code?: string): () => Response {
  return () => Response.json({ status, code, detail: "The gateway's own sentence." }, { status });
}

Deno.test("every answer is one of five things an agent can do something about", async () => {
  const table: [() => Response, Refusal, Refusal][] = [
    [problem(401, "unauthenticated"), "unauthenticated", "unauthenticated"],
    [problem(409, "conflict"), "conflict", "refused"],
    [problem(409, "lease_lost"), "lease_lost", "lease_lost"],
    [problem(404, "not_found"), "refused", "lease_lost"],
    [problem(410, "gone"), "refused", "lease_lost"],
    [problem(422, "unprocessable"), "refused", "refused"],
    [problem(400, "invalid_request"), "refused", "refused"],
    [problem(429, "too_many_requests"), "unavailable", "unavailable"],
    [problem(500, "internal"), "unavailable", "unavailable"],
    [problem(507, "out_of_space"), "unavailable", "unavailable"],
    [() => new Response("<html>Bad gateway</html>", { status: 502 }), "unavailable", "unavailable"],
  ];
  for (const [answer, session, complete] of table) {
    const said = await refusalsOf(answer);
    assert.deepEqual(
      [said.session.refusal, said.complete.refusal],
      [session, complete],
      `${answer().status}`,
    );
  }
});

Deno.test("the gateway's sentence is what the owner reads", async () => {
  const { session } = await refusalsOf(problem(422, "unprocessable"));
  assert.equal(session.message, "The gateway's own sentence.");
  assert.equal(session.code, "unprocessable");
});

Deno.test("a redirect is not followed: the token would go with it", async () => {
  const { session } = await refusalsOf(() => Response.redirect("https://elsewhere.example/login"));
  assert.equal(session.refusal, "refused");
  assert.match(session.message, /redirects to https:\/\/elsewhere.example\/login/);
});

Deno.test("a page where the gateway should be is said to be none", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("<html>Welcome to the router</html>", { headers: { "content-type": "text/html" } }),
  );
  const client = createClient(`http://127.0.0.1:${server.addr.port}`, "token");
  await assert.rejects(client.session("boot", facts), /did not answer in JSON: is it a studio's gateway/);
  const { session } = await refusalsOf(() => new Response("404 page", { status: 404 }));
  assert.match(session.message, /is not a studio's gateway/);
});

Deno.test("an answer of another version is tried again, and says what did not fit", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => Response.json({ hello: 1 }),
  );
  const client = createClient(`http://127.0.0.1:${server.addr.port}`, "token");
  const error = await client.session("boot", facts).catch((error) => error) as GatewayError;
  assert.equal(error.refusal, "unavailable");
  assert.match(error.message, /does not understand.*agent_id/s);
});

Deno.test("a gateway that accepts and never answers is given up on in time", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const client = createClient(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`, "token", 100);
  const accepted = listener.accept();
  await assert.rejects(client.session("boot", facts), /did not answer in time/);
  (await accepted).close();
});

Deno.test("waits grow, stay under the cap, and never shrink to nothing", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 1, max: 5000 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    (attempt, baseMs, random) => {
      const capMs = 60_000;
      const wait = backoffMs(attempt, { baseMs, capMs }, () => random);
      assert.ok(wait <= capMs && wait >= Math.min(baseMs, capMs) / 2);
      assert.ok(backoffMs(attempt + 1, { baseMs, capMs }, () => random) >= wait);
    },
  ));
});

Deno.test("a wait ends at once with the reason it was aborted for", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const waiting = pause(600_000, stop.signal);
  stop.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(pause(600_000, stop.signal), reason);
});

import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";

Deno.test("anybody may answer a passkey's question, so an answer is small, and an unknown key learns nothing", async () => {
  await using test = await openTestStudio();
  const ask = async (path: string, json: unknown) => {
    const answer = await test.request(
      `/api/auth/passkeys/sign-in${path}`,
      { method: "POST", json },
      "nobody",
    );
    return { status: answer.status, body: await answer.json() };
  };
  const response = { clientDataJSON: "e30", authenticatorData: "AA", signature: "AA" };
  const credential = {
    ...{ id: "AAAA", rawId: "AAAA", type: "public-key", clientExtensionResults: {} },
    response,
  };
  // The name of the test's studio is one that passkeys can be bound to.
  const { body: { challenge_id } } = await ask("/question", {});
  const unknown = await ask("", { challenge_id, credential });
  assert.deepEqual([unknown.status, unknown.body.code], [401, "unauthenticated"]);
  assert.equal(
    (await ask("", { challenge_id, credential })).status,
    401,
    "and each question is answered once",
  );
  const large = {
    challenge_id,
    credential: { ...credential, clientExtensionResults: { x: "x".repeat(2 ** 17) } },
  };
  assert.equal((await ask("", large)).status, 413);
});

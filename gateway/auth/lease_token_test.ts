import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { signLease, verifyLease } from "./lease_token.ts";

const grant = {
  tenantId: "01890a5d-ac96-774b-bcce-b302099a8057",
  projectId: "01890a5d-ac96-774b-bcce-b302099a8058",
  jobId: "01890a5d-ac96-774b-bcce-b302099a8059",
  leaseToken: 3,
};

async function freshKey(): Promise<CryptoKey> {
  return await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]) as CryptoKey;
}

Deno.test("a lease token comes back as the grant it was made of", async () => {
  const key = await freshKey();
  const token = await signLease(key, grant);
  assert.match(token, /^gms_lease_[\w-]+\.[\w-]+$/);
  assert.deepEqual(await verifyLease(key, token), grant);
});

Deno.test("a lease token that was changed anywhere, or signed by another studio, is none", async () => {
  const key = await freshKey();
  const token = await signLease(key, grant);
  assert.equal(await verifyLease(await freshKey(), token), null);
  for (let at = "gms_lease_".length; at < token.length; at++) {
    const other = token[at] === "A" ? "B" : "A";
    assert.equal(await verifyLease(key, token.slice(0, at) + other + token.slice(at + 1)), null, `at ${at}`);
  }
  for (
    const broken of ["gms_lease_", "gms_lease_.", "gms_lease_x.y", "gms_lease_💥.💥", token.replace(".", "")]
  ) {
    assert.equal(await verifyLease(key, broken), null, broken);
  }
});

Deno.test("a lease token opens its project while its grant is the latest, and nothing for people or agents", async () => {
  await using test = await openTestStudio();
  let holds = true;
  const asked: unknown[] = [];
  test.studio.jobs.leaseHolds = (_q, ...about) => {
    asked.push(about);
    return Promise.resolve(holds);
  };
  const authorization = await test.studio.auth.leaseAuthorization(grant);
  const request = new Request("http://studio.test/", { headers: { authorization } });
  assert.deepEqual(await test.studio.auth.principalOf(request), {
    kind: "lease",
    tenant_id: grant.tenantId,
    project_id: grant.projectId,
    job_id: grant.jobId,
    lease_token: 3,
  });
  assert.deepEqual(asked, [[grant.jobId, 3]]);
  assert.equal((await test.request("/api/me", { headers: { authorization } }, "nobody")).status, 403);

  holds = false;
  const old = await test.request("/api/me", { headers: { authorization } }, "nobody");
  assert.equal(old.status, 409);
  assert.equal((await old.json()).code, "lease_lost");
});

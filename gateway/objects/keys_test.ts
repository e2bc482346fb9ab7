import assert from "node:assert/strict";
import { join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";
import { parseConfig } from "../config.ts";
import { keysOf } from "./keys.ts";
import { credentialsOf, credentialsText, Place, samePlace } from "./place.ts";
import { tenantPolicy } from "./tenant_policy.ts";

const ROLE = "arn:aws:iam::210987654321:role/studio-store-salt";

function placeWith(keys: string): Place {
  return Place.parse({
    ...{ bucket: "salt-films", endpoint: null, region: "eu-central-1", prefix: "films/" },
    credentials: credentialsOf(keys),
  });
}

async function given(place: Place, env: Record<string, string>, tenant = uuidv7()) {
  const { credentials, longestLinkS } = keysOf(place, tenant, parseConfig(env));
  const keys = typeof credentials === "function" ? await credentials() : credentials;
  return { keys, longestLinkS };
}

Deno.test("keys come from where the place says, and what is missing there is named", async () => {
  const env = { STORE_SALT_LAKE_ACCESS_KEY_ID: "id", STORE_SALT_LAKE_SECRET_ACCESS_KEY: "secret" };
  const { keys } = await given(placeWith("env:salt-lake"), env);
  assert.deepEqual(keys, { accessKeyId: "id", secretAccessKey: "secret" });
  await assert.rejects(
    given(placeWith("env:pepper"), env),
    /STORE_PEPPER_ACCESS_KEY_ID and STORE_PEPPER_SECRET/,
  );
  assert.throws(
    () => parseConfig({ STORE_SALT_ACCESS_KEY_ID: "id" }),
    /needed together with STORE_SALT_SECRET/,
  );

  const folder = await Deno.makeTempDir({ prefix: "studio-secrets-" });
  try {
    await Deno.mkdir(join(folder, "salt"));
    await Deno.writeTextFile(join(folder, "salt", "access_key_id"), "id\n");
    const mounted = { STORE_SECRETS: folder };
    await assert.rejects(given(placeWith("file:salt"), mounted), /salt\/secret_access_key cannot be read/);
    await Deno.writeTextFile(join(folder, "salt", "secret_access_key"), "secret\n");
    const read = await given(placeWith("file:salt"), mounted);
    assert.deepEqual([read.keys!.accessKeyId, read.keys!.secretAccessKey], ["id", "secret"]);
    await assert.rejects(
      given(placeWith("file:salt"), {}),
      /STORE_SECRETS, the folder with its keys, is not set/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.deepEqual(await given(placeWith("gateway"), {}), { keys: undefined, longestLinkS: undefined });
});

Deno.test("a role is assumed for one studio alone, and its links end before its keys do", async () => {
  const asked: URLSearchParams[] = [];
  const ends = 3600;
  await using sts = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = new URLSearchParams(await request.text());
    asked.push(body);
    if (body.get("ExternalId") !== "studio") {
      return new Response(
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
        { status: 403, headers: { "Content-Type": "text/xml" } },
      );
    }
    const at = new Date(Date.now() + ends * 1000).toISOString();
    return new Response(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>${at}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      { headers: { "Content-Type": "text/xml" } },
    );
  });
  const names = ["AWS_ENDPOINT_URL_STS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  Deno.env.set("AWS_ENDPOINT_URL_STS", `http://127.0.0.1:${sts.addr.port}`);
  for (const name of names.slice(1)) Deno.env.set(name, "gateways-own");
  try {
    const tenant = uuidv7();
    const { keys, longestLinkS } = await given(placeWith(`role:${ROLE},studio`), {}, tenant);
    assert.deepEqual([keys!.accessKeyId, keys!.sessionToken], ["ASIA", "t"]);
    const [body] = asked;
    assert.equal(body!.get("RoleArn"), ROLE);
    assert.deepEqual(JSON.parse(body!.get("Policy")!), tenantPolicy("salt-films", tenant, "films/"));
    assert.ok(body!.get("RoleSessionName")!.length <= 64);
    // The SDK asks anew five minutes before what it is told: then as much is left as the longest link needs.
    const told = (keys as { expiration?: Date }).expiration!.getTime() - 300_000;
    assert.ok(told <= Date.now() + (ends - longestLinkS!) * 1000);
    await assert.rejects(
      given(placeWith(`role:${ROLE}`), {}, tenant),
      /role\/studio-store-salt cannot be assumed \(AccessDenied\)/,
    );
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
});

Deno.test("what a place says of its keys is read as it is written, and holds no key", () => {
  for (const text of ["gateway", "env:salt", "file:salt-2", `role:${ROLE}`, `role:${ROLE},studio, of 2026`]) {
    assert.equal(credentialsText(placeWith(text).credentials), text);
  }
  for (const text of ["", "env:", "env:../x", "file:a/b", "AKIA:secret", "role:*", "gateway:x"]) {
    assert.throws(() => placeWith(text), /./, text);
  }
  const place = placeWith("gateway");
  assert.ok(samePlace(place, placeWith("env:salt")));
  assert.ok(!samePlace(place, { ...place, prefix: "other/" }));
  assert.ok(!samePlace(place, null) && samePlace(null, null));
});

import assert from "node:assert/strict";
import { ConfigError, isLoopback, parseConfig, publicUrlOf } from "./config.ts";

function faultsOf(environment: Record<string, string>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  assert.fail("the configuration was taken");
}

Deno.test("nothing set is a studio on this machine", () => {
  const config = parseConfig({});
  assert.deepEqual(
    [config.host, config.port, config.databaseUrl, config.s3, config.publicUrl, config.leaseSeconds],
    ["127.0.0.1", 8000, null, null, null, 60],
  );
  assert.equal(publicUrlOf(config), "http://127.0.0.1:8000");
});

Deno.test("an empty variable counts as not set", () => {
  assert.equal(parseConfig({ DATABASE_URL: "", PORT: "" }).port, 8000);
});

Deno.test("one error names everything that is wrong", () => {
  const message = faultsOf({
    PORT: "80 80",
    DATABASE_URL: "mysql://x",
    PUBLIC_URL: "studio.example",
    LOG_LEVEL: "loud",
    LEASE_SECONDS: "soon",
    ALLOW_HTTP: "yes",
  });
  for (const name of ["PORT", "DATABASE_URL", "PUBLIC_URL", "LOG_LEVEL", "LEASE_SECONDS", "ALLOW_HTTP"]) {
    assert.match(message, new RegExp(`^  ${name}: `, "m"));
  }
  assert.match(message, /DATABASE_URL: must be a postgres:\/\/ URL/);
});

Deno.test("plain HTTP beyond loopback must be asked for by name", () => {
  assert.match(faultsOf({ HOST: "0.0.0.0" }), /HOST: 0\.0\.0\.0 .*ALLOW_HTTP=1/);
  assert.match(faultsOf({ HOST: "0.0.0.0", PUBLIC_URL: "http://studio.example" }), /PUBLIC_URL is not https/);
  parseConfig({ HOST: "0.0.0.0", PUBLIC_URL: "https://studio.example" });
  parseConfig({ HOST: "0.0.0.0", ALLOW_HTTP: "1" });
});

Deno.test("settings that contradict each other are refused together", () => {
  const message = faultsOf({ HEARTBEAT_SECONDS: "40", S3_ENDPOINT: "http://127.0.0.1:9000" });
  assert.match(message, /HEARTBEAT_SECONDS: must be at most half/);
  assert.match(message, /S3_BUCKET: is needed/);
});

Deno.test("a public URL loses its slash, an IPv6 host gets its brackets", () => {
  assert.equal(parseConfig({ PUBLIC_URL: "https://studio.example/" }).publicUrl, "https://studio.example");
  assert.equal(publicUrlOf(parseConfig({ HOST: "::1", PORT: "9" })), "http://[::1]:9");
});

Deno.test("loopback is loopback in each of its spellings and nothing else", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost.evil.example"]) {
    assert.ok(!isLoopback(host), host);
  }
});

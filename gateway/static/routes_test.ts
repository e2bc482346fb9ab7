import assert from "node:assert/strict";
import { join } from "@std/path";
import { gunzipSync } from "fflate";
import { staticRoutes } from "./mod.ts";

const SCRIPT = "console.log('canvas');\n".repeat(100);

async function built(): Promise<AsyncDisposable & { path: string }> {
  const root = await Deno.makeTempDir();
  const path = join(root, "dist");
  await Deno.mkdir(join(path, "assets"), { recursive: true });
  await Deno.writeTextFile(join(root, "secret.txt"), "not for the web");
  await Deno.writeTextFile(join(path, "index.html"), "<!doctype html><title>Canvas</title>");
  await Deno.writeTextFile(join(path, "assets", "main-ABCDEF12.js"), SCRIPT);
  await Deno.writeTextFile(join(path, ".hidden"), "no");
  return { path, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

Deno.test("the canvas answers at / and at its own addresses, and only there", async () => {
  await using dist = await built();
  const app = staticRoutes(dist.path);
  for (const path of ["/", "/p/The-Lighthouse-Keeper", "/p/x/takes", "/fleet", "/operations"]) {
    const response = await app.request(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("cache-control"), "no-cache");
    assert.match(await response.text(), /<title>Canvas/);
  }
  for (const path of ["/nothing", "/assets/other.js", "/assets"]) {
    assert.equal((await app.request(path)).status, 404, path);
  }
});

Deno.test("a hashed file may be kept for ever and goes out zipped to who can read it", async () => {
  await using dist = await built();
  const app = staticRoutes(dist.path);
  const zipped = await app.request("/assets/main-ABCDEF12.js", {
    headers: { "accept-encoding": "br, gzip" },
  });
  assert.match(zipped.headers.get("cache-control")!, /immutable/);
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  assert.match(zipped.headers.get("content-type")!, /^text\/javascript/);
  const bytes = new Uint8Array(await zipped.arrayBuffer());
  assert.equal(new TextDecoder().decode(gunzipSync(bytes)), SCRIPT);
  for (const encoding of ["", "br", "gzip;q=0"]) {
    const plain = await app.request("/assets/main-ABCDEF12.js", { headers: { "accept-encoding": encoding } });
    assert.equal(plain.headers.get("content-encoding"), null, encoding);
    assert.equal(await plain.text(), SCRIPT);
  }
});

Deno.test("what the browser has is not sent again, until a new build changes it", async () => {
  await using dist = await built();
  const app = staticRoutes(dist.path);
  const first = await app.request("/");
  const headers = { "if-none-match": first.headers.get("etag")! };
  assert.equal((await app.request("/", { headers })).status, 304);
  await Deno.writeTextFile(join(dist.path, "index.html"), "<!doctype html><title>Canvas, built anew</title>");
  const next = await app.request("/", { headers });
  assert.equal(next.status, 200);
  assert.match(await next.text(), /built anew/);
});

Deno.test("HEAD has the headers and no body", async () => {
  await using dist = await built();
  const response = await staticRoutes(dist.path).request("/", { method: "HEAD" });
  assert.equal(response.headers.get("content-length"), "36");
  assert.equal(await response.text(), "");
});

Deno.test("nothing beside the build can be had", async () => {
  await using dist = await built();
  const app = staticRoutes(dist.path);
  for (
    const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/..%2f..%2fsecret.txt",
      "/assets/%2e%2e/%2e%2e/secret.txt",
      "/.hidden",
      "/%2ehidden",
      "//etc/passwd",
      "/assets\\..\\..\\secret.txt",
    ]
  ) {
    const response = await app.request(`http://x${path}`);
    assert.notEqual(response.status, 200, path);
  }
});

Deno.test("a canvas that was not built says how to build it", async () => {
  const response = await staticRoutes("/nowhere").request("/");
  assert.equal(response.status, 503);
  assert.match(await response.text(), /deno run -A ui\/build\.ts/);
});

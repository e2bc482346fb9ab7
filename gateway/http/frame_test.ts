import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";

Deno.test("what stands around every request", async (t) => {
  await using studio = await openTestStudio();

  await t.step("a sane request id is kept and returned, a wild one is replaced", async () => {
    const kept = await studio.request("/healthz", { headers: { "x-request-id": "from-my-proxy-1" } });
    assert.equal(kept.headers.get("x-request-id"), "from-my-proxy-1");
    const wild = await studio.request("/healthz", { headers: { "x-request-id": "a b;<script>" } });
    assert.match(wild.headers.get("x-request-id")!, /^[0-9a-f-]{36}$/);
    await Promise.all([kept.body?.cancel(), wild.body?.cancel()]);
  });

  await t.step(
    "an unknown address is a 404 problem, a known one under another method a 405 with Allow",
    async () => {
      const nowhere = await studio.request("/api/nowhere");
      assert.equal(nowhere.status, 404);
      assert.equal((await nowhere.json()).code, "not_found");
      const browser = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
      const typed = await studio.request("/fleeet/<b>", browser);
      assert.deepEqual([typed.status, typed.headers.get("content-type")], [404, "text/html; charset=UTF-8"]);
      assert.match(
        await typed.text(),
        /There is nothing here[^]*no page at \/fleeet\/&#60;b&#62;;[^]*href="\/"/,
      );
      assert.equal((await (await studio.request("/api/nowhere", browser)).json()).code, "not_found");
      const wrong = await studio.request("/api/projects", { method: "DELETE" });
      assert.equal(wrong.status, 405);
      assert.equal(wrong.headers.get("allow"), "GET, POST, HEAD");
      assert.match((await wrong.json()).detail, /does not take DELETE/);
      for (const [method, path] of [["DELETE", "/"], ["PROPFIND", "/api/projects"], ["POST", "/healthz"]]) {
        const response = await studio.request(path!, { method });
        assert.ok([404, 405].includes(response.status), `${method} ${path}: ${response.status}`);
        await response.body?.cancel();
      }
    },
  );

  await t.step("a NUL in the address is 400 whatever the route", async () => {
    for (
      const path of [
        "/api/projects/%00",
        "/api/runners/a%00b",
        "/git/a/%00.git/info/refs",
        "/api/projects?cursor=%00",
      ]
    ) {
      const response = await studio.request(path);
      assert.equal(response.status, 400, path);
      assert.equal((await response.json()).code, "invalid_request");
    }
  });

  await t.step("path tricks stay inside: none is 500, none leaks a file", async () => {
    for (
      const path of [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/p/../../etc/passwd",
        "/api/projects/..%2f..%2fetc",
        "/git/..%2f../x.git/info/refs?service=git-upload-pack",
        "/objects/..%2f..%2f..%2fetc%2fpasswd",
        "/api/projects/%ff%fe",
        "/api/projects/%zz",
        `/api/projects/${"x".repeat(5000)}`,
        "//api//projects",
      ]
    ) {
      const response = await studio.request(`http://studio.test${path}`);
      assert.ok(response.status < 500 || response.status === 503, `${path}: ${response.status}`);
      assert.ok(!(await response.text()).includes("root:"), path);
    }
  });

  await t.step("every answer carries the security headers; the API is not kept by caches", async () => {
    const response = await studio.request("/api/projects");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.match(response.headers.get("content-security-policy")!, /frame-ancestors 'none'/);
    assert.equal(response.headers.get("cache-control"), "no-store");
    await response.body?.cancel();
    const page = await studio.request("/docs", {}, "nobody");
    assert.match(page.headers.get("content-security-policy")!, /script-src 'self'/);
    await page.body?.cancel();
  });

  await t.step("the access log names the path, never its query", async () => {
    const response = await studio.request("/enter?token=gms_enter_secret", {}, "nobody");
    await response.body?.cancel();
    assert.ok(studio.lines.some((line) => line.includes("GET /enter")));
    assert.ok(!studio.lines.some((line) => line.includes("gms_enter_secret")));
  });
});

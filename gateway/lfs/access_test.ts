import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import { infoLfs, lfs, openLfsStory, plain, pointerOf, push } from "./testing.ts";
import { VERIFY_HEADER } from "./verify_token.ts";
import { createAuth } from "../auth/mod.ts";

Deno.test("who may read and write a project's LFS objects", async (t) => {
  await using story = await openLfsStory();
  const { test, project } = story;
  const [take] = await push(story, ["a take"]);
  const download = { operation: "download", objects: [take] };
  const upload = { operation: "upload", objects: [plain(pointerOf("another"))] };

  await t.step(
    "without credentials the answer is 401 with a challenge that git lfs understands",
    async () => {
      for (const request of [download, upload]) {
        const { status, headers, body, type } = await lfs(story, "objects/batch", request, { as: "nobody" });
        assert.equal(status, 401);
        assert.match(headers.get("lfs-authenticate")!, /^Basic realm=/);
        assert.match(headers.get("www-authenticate")!, /^Basic realm=/);
        assert.equal(type, "application/vnd.git-lfs+json");
        assert.match(body.message, /access token/);
      }
    },
  );

  await t.step(
    "a viewer reads, and a viewer's push is refused with 403 rather than a prompt without end",
    async () => {
      assert.equal((await lfs(story, "objects/batch", download, { as: "viewer" })).status, 200);
      for (const [path, body] of [["objects/batch", upload], ["verify", take]] as const) {
        const refused = await lfs(story, path, body, { as: "viewer" });
        assert.equal(refused.status, 403);
        assert.equal(refused.headers.get("lfs-authenticate"), null);
        assert.match(refused.body.message, /artist role/);
      }
    },
  );

  await t.step("an artist reads and writes, also with the token as a password", async () => {
    const basic = { Authorization: `Basic ${btoa(`anyone:${test.tokens.artist}`)}` };
    for (const request of [download, upload]) {
      assert.equal((await lfs(story, "objects/batch", request, { as: "artist" })).status, 200);
      assert.equal((await lfs(story, "objects/batch", request, { as: "nobody", header: basic })).status, 200);
    }
  });

  await t.step("another studio's people see nothing, not even that the project exists", async () => {
    const other = await test.secondTenant();
    for (const request of [download, upload]) {
      const foreign = await lfs(story, "objects/batch", request, { as: other.token as "owner" });
      const missing = await lfs({ test, project: { ...project, slug: "no-such" } }, "objects/batch", request);
      assert.equal(foreign.status, 404);
      assert.equal(missing.status, 404);
    }
    assert.equal((await lfs(story, "verify", take, { as: other.token as "owner" })).status, 404);
  });

  await t.step("a lease reads and writes its own project only", async () => {
    const next = await test.makeProject("Another film");
    const lease = { tenantId: project.tenant_id, projectId: project.id, jobId: uuidv7(), leaseToken: 1 };
    const token = (await test.studio.auth.leaseAuthorization(lease)).replace("Bearer ", "") as "owner";
    // The job room says whether the grant is the latest; here it is.
    const holds = test.studio.jobs.leaseHolds;
    test.studio.jobs.leaseHolds = () => Promise.resolve(true);
    try {
      for (const request of [download, upload]) {
        assert.equal((await lfs(story, "objects/batch", request, { as: token })).status, 200);
        const elsewhere = await lfs({ test, project: next }, "objects/batch", request, { as: token });
        assert.equal(elsewhere.status, 404);
      }
      assert.equal((await lfs(story, "verify", take, { as: token })).status, 200);
      test.studio.jobs.leaseHolds = () => Promise.resolve(false);
      assert.equal((await lfs(story, "objects/batch", upload, { as: token })).status, 409);
    } finally {
      test.studio.jobs.leaseHolds = holds;
    }
  });

  await t.step("a verify action is good for its own object, project and day", async () => {
    const { body } = await lfs(story, "objects/batch", {
      operation: "upload",
      objects: [plain(pointerOf("x"))],
    });
    const header = body.objects[0].actions.verify.header as Record<string, string>;
    const own = await lfs(story, "verify", plain(pointerOf("x")), { as: "nobody", header });
    assert.equal(own.status, 404, "let in, and told that nothing was uploaded yet");
    const next = await test.makeProject("A third film");
    const late = Math.floor(Date.now() / 1000) + 999_999;
    const tries = [
      lfs(story, "verify", take, { as: "nobody", header }),
      lfs({ test, project: next }, "verify", plain(pointerOf("x")), { as: "nobody", header }),
      lfs(story, "verify", plain(pointerOf("x")), {
        as: "nobody",
        header: { [VERIFY_HEADER]: header[VERIFY_HEADER]!.replace(/^\d+/, String(late)) },
      }),
      lfs(story, "verify", plain(pointerOf("x")), { as: "nobody", header: { [VERIFY_HEADER]: "1.x" } }),
    ];
    for (const { status } of await Promise.all(tries)) assert.equal(status, 401);
  });

  await t.step("an archived project is read and not pushed to", async () => {
    const old = await test.makeProject("An old film");
    await test.studio.db.sql`update projects set archived_at = now() where id = ${old.id}`;
    const there = { test, project: old };
    assert.equal((await lfs(there, "objects/batch", download)).status, 200);
    const refused = await lfs(there, "objects/batch", upload);
    assert.equal(refused.status, 409);
    assert.match(refused.body.message, /archived/);
  });

  await t.step("rubbish gets a sentence in the form of LFS, never a 500", async () => {
    const oid = take!.oid;
    const rubbish: [unknown, number][] = [
      ["{not json", 400],
      ["[]", 400],
      [{ operation: "steal", objects: [] }, 400],
      [{ operation: "upload" }, 400],
      [{ operation: "upload", objects: [{ oid: 5, size: "x" }] }, 400],
      [{ operation: "upload", objects: [{ oid: "a\0b", size: 1 }] }, 400],
      [{ operation: "upload", objects: Array.from({ length: 1001 }, () => ({ oid, size: 1 })) }, 413],
      ["x".repeat(600_000), 413],
    ];
    for (const [body, status] of rubbish) {
      const answer = await lfs(story, "objects/batch", body);
      assert.equal(answer.status, status, JSON.stringify(body).slice(0, 80));
      assert.equal(answer.type, "application/vnd.git-lfs+json");
      assert.ok(answer.body.message.length > 10);
    }
    const plainText = await lfs(story, "objects/batch", "{}", { header: { "Content-Type": "text/plain" } });
    assert.equal(plainText.status, 415);
    for (const body of [{}, { oid, size: -1 }, { oid, size: 1.5 }, "x"]) {
      assert.equal((await lfs(story, "verify", body)).status, 400);
    }
    for (const repository of ["no-dot-git", "..git", "%2e%2e.git", ".git"]) {
      const path = `/git/${project.tenant_slug}/${repository}/info/lfs/objects/batch`;
      const response = await test.request(path, { method: "POST", json: download });
      assert.equal(response.status, 404, path);
    }
  });

  await t.step(
    "another hash than SHA-256 is refused per object, extra fields and null refs are not",
    async () => {
      const other = await lfs(story, "objects/batch", { ...download, hash_algo: "blake3" });
      assert.equal(other.status, 200);
      assert.equal(other.body.objects[0].error.code, 409);
      for (
        const extra of [{ ref: null }, { ref: {} }, {
          hash_algo: "sha256",
          transfers: ["tus", "basic"],
          more: 1,
        }, { transfers: [] }]
      ) {
        const { status, body } = await lfs(story, "objects/batch", { ...download, ...extra });
        assert.equal(status, 200);
        assert.ok(body.objects[0].actions.download, JSON.stringify(extra));
      }
    },
  );

  await t.step("links that were handed out still work after the gateway restarted", async () => {
    const { body } = await lfs(story, "objects/batch", download);
    test.studio.auth = createAuth(test.studio);
    const response = await fetch(body.objects[0].actions.download.href);
    assert.equal(await response.text(), "a take");
    assert.ok(infoLfs(project).endsWith(".git/info/lfs"));
  });
});

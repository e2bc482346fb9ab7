import assert from "node:assert/strict";
import { join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";
import type { As } from "../testing/studio.ts";
import { infoLfs, lfs, openLfsStory } from "./testing.ts";

Deno.test("the locking API of Git LFS", async (t) => {
  await using story = await openLfsStory();
  const { test } = story;
  let at = 0;

  /** A step with a project of its own, and the calls a client makes. */
  async function tell(
    sentence: string,
    step: (calls: ReturnType<typeof callsOf>) => Promise<void>,
  ): Promise<void> {
    const project = await test.makeProject(`Locks ${++at}`);
    await t.step(sentence, () => step(callsOf({ ...story, project })));
  }

  function callsOf(here: typeof story) {
    const get = async (query: string, as: As = "artist") => {
      const response = await test.request(`${infoLfs(here.project)}/locks${query}`, {}, as);
      return { status: response.status, body: await response.json() };
    };
    return {
      here,
      get,
      lock: (path: string, as: As = "artist") =>
        lfs(here, "locks", { path, ref: { name: "refs/heads/main" } }, { as }),
      verify: (body: unknown = {}, as: As = "artist") => lfs(here, "locks/verify", body, { as }),
      unlock: (id: string, body: unknown = {}, as: As = "artist") =>
        lfs(here, `locks/${id}/unlock`, body, { as }),
    };
  }

  await tell("a lock is made once; whoever comes second is told who holds it", async ({ lock }) => {
    const made = await lock("01_Assets/Images/plate.psd");
    assert.equal(made.status, 201);
    assert.equal(made.type, "application/vnd.git-lfs+json");
    assert.match(made.body.lock.locked_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(made.body.lock.owner, { name: "Test artist" });
    assert.equal(made.body.lock.path, "01_Assets/Images/plate.psd");
    const second = await lock("01_Assets/Images/plate.psd", "owner");
    assert.equal(second.status, 409);
    assert.equal(second.body.lock.id, made.body.lock.id);
    assert.match(second.body.message, /locked by Test artist/);
    assert.equal((await lock("01_Assets/Images/plate.psd")).status, 409);
  });

  await tell("of many who lock one file at once, one gets it", async ({ lock }) => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => lock("a.psd", n % 2 ? "owner" : "artist")),
    );
    assert.deepEqual(answers.map((each) => each.status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
    assert.equal(new Set(answers.map((each) => each.body.lock.id)).size, 1);
  });

  await tell("the list is newest first, can be narrowed, and its pages end", async ({ lock, get }) => {
    assert.deepEqual((await get("")).body, { locks: [] });
    for (const n of [1, 2, 3, 4, 5]) assert.equal((await lock(`file ${n}.psd`)).status, 201);
    const paths = (body: { locks: { path: string }[] }) => body.locks.map((each) => each.path);
    const all = await get("?limit=0", "viewer");
    assert.deepEqual(paths(all.body), ["file 5.psd", "file 4.psd", "file 3.psd", "file 2.psd", "file 1.psd"]);
    assert.equal(all.body.next_cursor, undefined);
    assert.deepEqual(paths((await get("?path=file%202.psd")).body), ["file 2.psd"]);
    assert.deepEqual(paths((await get(`?id=${all.body.locks[1].id}`)).body), ["file 4.psd"]);
    assert.deepEqual(paths((await get("?id=no-uuid")).body), []);
    const seen: string[] = [];
    let cursor = "";
    for (let page = 0; page < 10; page++) {
      const { body } = await get(`?limit=2&cursor=${cursor}&refspec=refs/heads/main`);
      seen.push(...paths(body));
      cursor = body.next_cursor ?? "";
      if (!cursor) break;
    }
    assert.deepEqual(seen, paths(all.body));
  });

  await tell(
    "verify parts ours from theirs, always as lists, and carries no message",
    async ({ lock, verify }) => {
      assert.deepEqual((await verify({ ref: { name: "refs/heads/main" } })).body, { ours: [], theirs: [] });
      await lock("mine.psd");
      await lock("yours.psd", "owner");
      const { status, body } = await verify({ ref: null, limit: 0, cursor: "" });
      assert.equal(status, 200);
      assert.deepEqual(body.ours.map((each: { path: string }) => each.path), ["mine.psd"]);
      assert.deepEqual(body.theirs.map((each: { path: string }) => each.path), ["yours.psd"]);
      assert.deepEqual(Object.keys(body), ["ours", "theirs"]);
      const first = await verify({ limit: 1 });
      const rest = await verify({ limit: 1, cursor: first.body.next_cursor });
      assert.deepEqual([first.body.theirs.length, rest.body.ours.length, rest.body.next_cursor], [
        1,
        1,
        undefined,
      ]);
    },
  );

  await tell(
    "one unlocks one's own; another's only an owner, by force; a lock that is gone is 404",
    async ({ lock, unlock }) => {
      const own = (await lock("a.psd")).body.lock;
      assert.deepEqual((await unlock(own.id, { force: false, ref: {} })).body.lock, own);
      assert.equal((await unlock(own.id)).status, 404);
      const others = (await lock("a.psd", "owner")).body.lock;
      const refused = await unlock(others.id);
      assert.equal(refused.status, 403);
      assert.match(refused.body.message, /locked by Owner;.*--force/);
      assert.equal((await unlock(others.id, { force: true })).status, 403);
      assert.equal((await unlock(others.id, {}, "owner")).status, 200);
      const theirs = (await lock("a.psd")).body.lock;
      assert.equal((await unlock(theirs.id, {}, "owner")).status, 403);
      assert.equal((await unlock(theirs.id, { force: true }, "owner")).status, 200);
      assert.equal((await unlock("12")).status, 404);
      assert.equal((await unlock(uuidv7())).status, 404);
    },
  );

  await tell(
    "viewers see locks and make none; nobody sees any; other studios find nothing",
    async (calls) => {
      const made = (await calls.lock("a.psd")).body.lock;
      assert.equal((await calls.get("", "viewer")).body.locks.length, 1);
      for (
        const answer of [
          calls.lock("b.psd", "viewer"),
          calls.verify({}, "viewer"),
          calls.unlock(made.id, {}, "viewer"),
        ]
      ) {
        assert.equal((await answer).status, 403);
      }
      assert.equal((await calls.get("", "nobody")).status, 401);
      assert.equal((await calls.verify({}, "nobody")).status, 401);
      const other = await test.secondTenant();
      const foreign = other.token as As;
      for (
        const answer of [
          calls.get("", foreign),
          calls.verify({}, foreign),
          calls.unlock(made.id, { force: true }, foreign),
        ]
      ) {
        assert.equal((await answer).status, 404);
      }
      const elsewhere = callsOf({ ...story, project: await test.makeProject("Elsewhere") });
      assert.equal((await elsewhere.unlock(made.id, { force: true })).status, 404);
    },
  );

  await tell(
    "paths out of the repository and other rubbish get a sentence",
    async ({ lock, get, verify }) => {
      for (const path of ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "x".repeat(1001)]) {
        assert.equal((await lock(path)).status, 400, path);
      }
      assert.equal((await lock("Café/„Nacht“ 🎬.psd")).status, 201);
      assert.equal((await get("?limit=x")).status, 400);
      assert.equal((await get("?cursor=x")).status, 400);
      assert.equal((await verify({ limit: -1 })).status, 400);
    },
  );

  await tell("what the studio writes by itself cannot be locked, and says why", async ({ lock, get }) => {
    for (
      const [path, words] of [
        ["project.json", /written by the studio with every change on the canvas/],
        ["03_Renders/SHOT-010/SHOT-010_v01_take02.mp4", /takes are written once by the studio/],
        ["06_Exports/The-Lighthouse-Keeper_v003.mp4", /each gets a new version/],
      ] as const
    ) {
      const { status, body } = await lock(path, "owner");
      assert.equal(status, 403);
      assert.match(body.message, words);
    }
    assert.equal((await lock("03_Renders/SHOT-010/my own grade.mp4")).status, 201);
    assert.equal((await get("")).body.locks.length, 1);
  });

  await tell("real git lfs locks, lists and unlocks", async ({ here }) => {
    const folder = await Deno.makeTempDir({ prefix: "studio-locks-" });
    try {
      const { host } = new URL(here.baseUrl);
      const path = `${here.project.tenant_slug}/${here.project.slug}.git`;
      const git = async (...args: string[]) => {
        const env = {
          PATH: Deno.env.get("PATH") ?? "",
          HOME: folder,
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_TERMINAL_PROMPT: "0",
        };
        const cwd = args[0] === "clone" ? folder : join(folder, "work");
        const command = new Deno.Command("git", { args, cwd, env, clearEnv: true, stdin: "null" });
        const { success, stdout, stderr } = await command.output();
        const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
        assert.ok(success, said);
        return said;
      };
      await git("clone", "-q", `http://artist:${test.tokens.artist}@${host}/git/${path}`, "work");
      await Deno.mkdir(join(folder, "work", "01_Assets", "Images"), { recursive: true });
      await Deno.writeTextFile(join(folder, "work", "01_Assets", "Images", "plate.psd"), "a plate");
      assert.match(
        await git("lfs", "lock", "01_Assets/Images/plate.psd"),
        /Locked 01_Assets\/Images\/plate\.psd/,
      );
      assert.match(await git("lfs", "locks"), /plate\.psd\s+Test artist/);
      assert.match(await git("lfs", "locks", "--verify"), /O 01_Assets\/Images\/plate\.psd/);
      assert.match(await git("lfs", "unlock", "--force", "01_Assets/Images/plate.psd"), /Unlocked/);
      assert.equal((await git("lfs", "locks")).trim(), "");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

import assert from "node:assert/strict";
import { join } from "@std/path";
import { png } from "../assets/testing.ts";
import { mustGit, runGit } from "../git/testing.ts";
import { lfsFilters } from "../pushes/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { keeper, picture, publish, publishNext, putCanvas } from "./testing.ts";

Deno.test("the library is cloned and pushed with git and git-lfs: new versions come in, old ones stay, locks hold", async (t) => {
  await using test = await openTestStudio();
  const { studio } = test;
  const url = await test.serve();
  const film = await test.makeProject("The Lighthouse Keeper");
  const front = await picture(test, film, "keeper.png", 1);
  await putCanvas(test, film, { nodes: [keeper([front])], edges: [] });
  const item = await publish(test, {
    project_id: film.id,
    node_id: "keeper",
    folder: "Characters",
    title: "Keeper",
  });
  const folder = await Deno.makeTempDir({ prefix: "studio-library-" });
  try {
    const { git_url } = await (await test.request("/api/library")).json();
    assert.equal(git_url, `${url}/git/${film.tenant_slug}/Library.git`);
    const address = (as: "owner" | "artist" | "viewer" | "stranger", token?: string) =>
      git_url.replace("://", `://${as}:${token ?? test.tokens[as as "owner"]}@`);
    await mustGit(folder, [...lfsFilters, "clone", "--quiet", address("artist"), "library"], {
      GIT_LFS_SKIP_SMUDGE: "0",
    });
    const clone = join(folder, "library");
    for (
      const [name, value] of lfsFilters.filter((each) => each !== "-c").map((each) => each.split("=", 2))
    ) {
      await mustGit(clone, ["config", name!, value!]);
    }
    const at = join(clone, "Characters/Keeper");
    assert.deepEqual(await Deno.readFile(join(at, "keeper.png")), png(32, 24, 1));
    const manifest = JSON.parse(await Deno.readTextFile(join(at, "item.json")));

    const push = async (change: () => Promise<unknown> | unknown, files: Record<string, unknown> = {}) => {
      await change();
      for (const [path, content] of Object.entries(files)) {
        await Deno.mkdir(join(clone, path, ".."), { recursive: true });
        await Deno.writeTextFile(join(clone, path), JSON.stringify(content, null, 2));
      }
      await mustGit(clone, ["add", "--all"]);
      await mustGit(clone, ["commit", "--quiet", "-m", "By hand"]);
      await runGit(clone, ["lfs", "push", "origin", "HEAD"]);
      return await runGit(clone, ["push"]);
    };
    const refused = (name: string, words: RegExp, files: Record<string, unknown>, change = () => {}) =>
      t.step(name, async () => {
        const { code, err } = await push(change, files);
        assert.notEqual(code, 0);
        assert.match(err, words);
        await mustGit(clone, ["reset", "--quiet", "--hard", "origin/main"]);
        await mustGit(clone, ["clean", "--quiet", "-fd"]);
      });
    const changed = (more: object, content: object = {}) => ({
      "Characters/Keeper/item.json": {
        ...manifest,
        ...more,
        content: { ...manifest.content, ...content },
      },
    });
    const younger = {
      graph: { nodes: [{ ...manifest.content.graph.nodes[0], description: "Young" }], edges: [] },
    };
    await refused("other content under a published version", /version 1 is published.*Make it version 2/, {
      ...changed({}, younger),
    });
    await refused("a file that is not there", /names gone\.png.*no such file/, {
      ...changed({ version: 2 }, {
        files: [{ ...manifest.content.files[0], name: "gone.png" }],
        graph: { nodes: [{ ...manifest.content.graph.nodes[0], images: [] }], edges: [] },
        poster: undefined,
      }),
    });
    await refused("an item that goes", /item\.json was removed.*retired/, {}, async () => {
      await Deno.remove(at, { recursive: true });
    });
    await refused("nonsense", /item\.json: the whole: .*expected object/, {
      "Characters/Keeper/item.json": "nonsense",
    });
    await refused("an item where none can be", /lies where no item can/, { "Elsewhere/x/item.json": {} });
    await refused("a copy with the same id", /has the id of Characters\/Keeper\/item\.json/, {
      "Styles/Keeper/item.json": {
        ...manifest,
        content: {
          ...manifest.content,
          files: [],
          poster: undefined,
          graph: { nodes: [{ ...manifest.content.graph.nodes[0], images: [] }], edges: [] },
        },
      },
    });

    await t.step("two versions in one push", async () => {
      await Deno.writeTextFile(
        join(at, "item.json"),
        JSON.stringify(
          changed({ version: 2, note: "Young" }, younger)["Characters/Keeper/item.json"],
          null,
          2,
        ),
      );
      await mustGit(clone, ["commit", "--quiet", "-am", "Young"]);
      const pushed = await push(
        () => Deno.writeFile(join(at, "map.psd"), new TextEncoder().encode("layers")),
        changed({ version: 3, note: "By hand", tags: ["hand"] }),
      );
      assert.equal(pushed.code, 0, pushed.err);
      const seen = await (await test.request(`/api/library/items/${item.id}`)).json();
      assert.deepEqual(
        seen.versions.map((each: { version: number; note: string }) => [each.version, each.note]),
        [
          [3, "By hand"],
          [2, "Young"],
          [1, ""],
        ],
      );
      assert.deepEqual(seen.tags, ["hand"]);
    });
    await t.step("a version by the studio lands on top, and comes with the next pull", async () => {
      const same = await test.request(`/api/library/items/${item.id}/versions`, {
        method: "POST",
        json: { project_id: film.id, node_id: "keeper" },
      });
      assert.equal(same.status, 422);
      await putCanvas(test, film, { nodes: [keeper([front], "Old again")], edges: [] });
      assert.equal((await publishNext(test, item.id, { project_id: film.id, node_id: "keeper" })).version, 4);
      await mustGit(clone, ["pull", "--quiet"]);
      assert.equal(JSON.parse(await Deno.readTextFile(join(at, "item.json"))).version, 4);
      assert.match(await mustGit(clone, ["log", "-1", "--format=%s"]), /^Publish Keeper, version 4/);
    });
    await t.step("what an artist has locked, nobody else publishes over", async () => {
      await mustGit(clone, ["lfs", "lock", "Characters/Keeper/keeper.png"]);
      const back = await picture(test, film, "keeper.png", 3);
      await putCanvas(test, film, { nodes: [keeper([{ ...back, path: "x/keeper.png" }])], edges: [] });
      const stopped = await test.request(`/api/library/items/${item.id}/versions`, {
        method: "POST",
        json: { project_id: film.id, node_id: "keeper" },
      }, "owner");
      assert.equal(stopped.status, 423);
      assert.match((await stopped.json()).detail, /Characters\/Keeper\/keeper\.png is locked by Test artist/);
      assert.equal((await publishNext(test, item.id, { project_id: film.id, node_id: "keeper" })).version, 5);
    });
    await t.step("a viewer clones and does not push; a stranger sees nothing", async () => {
      await mustGit(folder, ["clone", "--quiet", address("viewer"), "seen"]);
      await mustGit(join(folder, "seen"), ["commit", "--quiet", "--allow-empty", "-m", "x"]);
      assert.match((await runGit(join(folder, "seen"), ["push"])).err, /403|viewer/);
      const other = await test.secondTenant();
      const stranger = await runGit(folder, ["ls-remote", address("stranger", other.token)]);
      assert.notEqual(stranger.code, 0);
      // Nor does asking make one for a studio that has none yet.
      const theirs = `${url}/git/${other.owner.tenant_slug}/Library.git/info/refs?service=git-upload-pack`;
      assert.equal((await test.request(theirs)).status, 404);
      const made = await studio.db.sql`select 1 from libraries where tenant_id = ${other.owner.tenant_id}`;
      assert.equal(made.length, 0);
    });
    assert.equal((await mustGit(clone, ["fsck", "--strict"])).includes("error"), false);
    // An index that is lost is read again from Git, every version of it.
    const before = await (await test.request(`/api/library/items/${item.id}`)).json();
    const library = await studio.library.of(test.owner);
    for (const known of [null, "0".repeat(40)]) {
      await studio.db.sql`update library_versions set note = 'lost'`;
      await studio.db.sql`update libraries set read_sha = ${known}`;
      await studio.library.read(library);
      assert.deepEqual(await (await test.request(`/api/library/items/${item.id}`)).json(), before);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

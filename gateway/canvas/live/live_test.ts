import assert from "node:assert/strict";
import * as Y from "yjs";
import { Manifest } from "../../../shared/project/manifest.ts";
import { until } from "../../agents/testing.ts";
import { openTestStudio } from "../../testing/studio.ts";
import { addNote, openTestCanvas } from "./testing.ts";

const place = { cursor: { x: 10.5, y: -3 }, selection: ["a"], dragging: { a: { x: 1, y: 2 } } };

Deno.test("the live canvas", async (t) => {
  await using test = await openTestStudio();
  const base = await test.serve();
  const canvasOf = async (id: string) => await (await test.request(`/api/projects/${id}/canvas`)).json();
  const patch = (id: string, operations: unknown[]) =>
    test.request(`/api/projects/${id}/canvas`, { method: "PATCH", json: { operations } });
  const note = (id: string) => ({ id, type: "note", title: id, position: { x: 0, y: 0 }, text: "" });

  await t.step("what one changes the other sees, HTTP reads and project.json gets", async () => {
    const project = await test.makeProject("Two");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    using two = openTestCanvas(base, project.id, test.tokens.artist);
    await Promise.all([one.synced, two.synced]);
    const done = await one.change(addNote("a"));
    assert.deepEqual({ ...done, number: 0 }, { type: "taken", number: 0, version: 1 });
    await until("the other to see it", () => two.node("a"));
    await two.change((doc) => (doc.getMap("nodes").get("a") as Y.Map<unknown>).set("text", "Salt"));
    await until("the first to see it", () => (one.node("a") as { text?: string })?.text === "Salt");
    const canvas = await canvasOf(project.id);
    assert.equal(canvas.version, 2);
    assert.deepEqual(canvas.graph, one.graph());
    await test.studio.git.settle(project.id);
    const file = await test.studio.git.readFile(project, "project.json");
    const manifest = Manifest.parse(JSON.parse(new TextDecoder().decode(file!)));
    assert.deepEqual(manifest.canvas, canvas.graph);
  });

  await t.step("a change over HTTP is seen by who looks, and writes only what differs", async () => {
    const project = await test.makeProject("Scripted");
    assert.equal((await patch(project.id, [{ op: "add_node", node: note("a") }])).status, 200);
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    await one.synced;
    const before = one.doc.getMap("nodes").get("a");
    assert.equal(
      (await patch(project.id, [{ op: "update_node", id: "a", set: { title: "New" } }])).status,
      200,
    );
    await until("the title", () => one.node("a")?.title === "New");
    const { graph } = await canvasOf(project.id);
    graph.nodes.push(note("b"));
    const put = await test.request(`/api/projects/${project.id}/canvas`, { method: "PUT", json: { graph } });
    assert.equal(put.status, 200, await put.text());
    await until("the second", () => one.node("b"));
    assert.equal(one.doc.getMap("nodes").get("a"), before, "the first node is the one it was");
  });

  await t.step("two changes at once merge, even in one node", async () => {
    const project = await test.makeProject("Merge");
    await (await patch(project.id, [{ op: "add_node", node: note("a") }])).body?.cancel();
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    using two = openTestCanvas(base, project.id, test.tokens.artist);
    await Promise.all([one.synced, two.synced]);
    const a = (doc: Y.Doc) => doc.getMap("nodes").get("a") as Y.Map<unknown>;
    await Promise.all([
      one.change((doc) => a(doc).set("title", "Harbour")),
      two.change((doc) => a(doc).set("position", { x: 7, y: 8 })),
    ]);
    await until("both to see both", () =>
      [one, two].every((each) => {
        const node = each.node("a");
        return node?.title === "Harbour" && node.position.x === 7;
      }));
  });

  await t.step("what cannot be is refused with a reason, and nobody else sees it", async () => {
    const project = await test.makeProject("Refused");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    await one.synced;
    await one.change(addNote("a"));
    const spoil = async (make: (doc: Y.Doc) => void, why: RegExp) => {
      using bad = openTestCanvas(base, project.id, test.tokens.artist);
      await bad.synced;
      const answer = await bad.change(make);
      assert.equal(answer.type, "refused", make.toString());
      assert.match((answer as { message: string }).message, why);
      // What builds on it cannot be either; whoever begins anew can go on.
      assert.equal((await bad.change(addNote("later"))).type, "refused");
    };
    await spoil(addNote("b", { type: "bomb" }), /type/);
    await spoil(addNote("b", { position: { x: 0.5, y: 0 } }), /position/);
    await spoil(addNote("b", { parent: "nowhere" }), /no group/);
    await spoil(addNote("b", { text: "nul \0" }), /NUL/);
    await spoil((doc) => doc.getMap("junk").set("a", 1), /junk/);
    await spoil(
      (doc) => doc.getMap("edges").set("e", { source: "a", source_port: "x", target: "z", target_port: "y" }),
      /"z"/,
    );
    const garbage = await one.send(Uint8Array.of(255, 255, 255, 255, 255));
    assert.equal(garbage.type, "refused");
    assert.equal((await one.change(addNote("c"))).type, "taken");
    assert.deepEqual((await canvasOf(project.id)).graph.nodes.map((node: { id: string }) => node.id), [
      "a",
      "c",
    ]);
    assert.equal((await canvasOf(project.id)).version, 2);
  });

  await t.step("of two shots of one name made at once, one is taken", async () => {
    const project = await test.makeProject("Twins");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    using two = openTestCanvas(base, project.id, test.tokens.artist);
    await Promise.all([one.synced, two.synced]);
    const shot = (id: string) => addNote(id, { type: "shot", shot: "SHOT-010", text: undefined });
    const make = (id: string) => (doc: Y.Doc) => {
      shot(id)(doc);
      (doc.getMap("nodes").get(id) as Y.Map<unknown>).delete("text");
    };
    const answers = await Promise.all([one.change(make("a")), two.change(make("b"))]);
    assert.deepEqual(answers.map((answer) => answer.type).sort(), ["refused", "taken"]);
  });

  await t.step("what is sent again after a lost answer changes nothing", async () => {
    const project = await test.makeProject("Again");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    await one.synced;
    const doc = new Y.Doc();
    addNote("a")(doc);
    const update = Y.encodeStateAsUpdate(doc);
    assert.deepEqual(
      [await one.send(update), await one.send(update)].map((word) => ({ ...word, number: 0 })),
      [
        { type: "taken", number: 0, version: 1 },
        { type: "taken", number: 0, version: 1 },
      ],
    );
  });

  await t.step("viewers look on; an archived film stays as it is", async () => {
    const project = await test.makeProject("Looking");
    using viewer = openTestCanvas(base, project.id, test.tokens.viewer);
    await viewer.synced;
    assert.equal((await viewer.word("welcome")).can_edit, false);
    const refused = await viewer.change(addNote("a"));
    assert.match((refused as { message: string }).message, /look at this film/);
    using artist = openTestCanvas(base, project.id, test.tokens.artist);
    await artist.synced;
    await artist.change(addNote("b"));
    await until("the viewer to see it", () => viewer.node("b"));
    await test.studio.projects.update(project, { archived: true }, "Test");
    assert.equal((await artist.change(addNote("c"))).type, "refused");
    assert.equal((await canvasOf(project.id)).version, 1);
  });

  await t.step("people see each other come, move and go; nothing of it is stored", async () => {
    const project = await test.makeProject("People");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    const welcome = await one.word("welcome");
    assert.deepEqual([welcome.you.name, welcome.peers], [test.owner.name, []]);
    {
      using two = openTestCanvas(base, project.id, test.tokens.artist);
      const me = (await two.word("welcome")).you;
      assert.deepEqual((await two.word("welcome")).peers.map((peer) => peer.id), [welcome.you.id]);
      two.say({ type: "presence", presence: place });
      const seen = await one.word("peer", ({ peer }) => peer.presence.cursor !== null);
      assert.deepEqual(seen.peer, {
        id: me.id,
        user_id: test.artist.user_id,
        name: test.artist.name,
        hue: me.hue,
        presence: place,
      });
      assert.notEqual(me.hue, welcome.you.hue);
      using late = openTestCanvas(base, project.id, test.tokens.viewer);
      const known = (await late.word("welcome")).peers.find((peer) => peer.id === me.id);
      assert.deepEqual(known?.presence, place, "who comes later sees it as it is");
    }
    const [first] = await Promise.all([
      one.word("gone"),
      until("both gone", () => one.words.filter((word) => word.type === "gone").length === 2),
    ]);
    assert.ok(first);
    assert.equal((await canvasOf(project.id)).version, 0);
  });

  await t.step("who says nonsense is shown the door, and the others go on", async () => {
    const project = await test.makeProject("Nonsense");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    await one.synced;
    for (
      const nonsense of [
        "{",
        { type: "explode" },
        { type: "presence", presence: { ...place, cursor: { x: 1e300, y: 0 } } },
        { type: "presence", presence: { ...place, name: "Somebody else" } },
        { type: "presence", presence: { ...place, selection: "all" } },
        "x".repeat(200_000),
      ]
    ) {
      using bad = openTestCanvas(base, project.id, test.tokens.artist);
      await bad.synced;
      bad.say(nonsense);
      assert.ok([1008, 1009].includes((await bad.closed).code));
    }
    for (const frame of [[9, 0, 0, 0, 0], [2, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 255, 255], [1]]) {
      using bad = openTestCanvas(base, project.id, test.tokens.artist);
      await bad.synced;
      bad.socket.send(Uint8Array.from(frame));
      assert.equal((await bad.closed).code, 1008);
    }
    assert.equal((await one.change(addNote("a"))).type, "taken");
  });

  await t.step("is not there for other studios, strangers and other sites", async () => {
    const project = await test.makeProject("Closed");
    const other = await test.secondTenant();
    const upgrade = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
    const ask = async (headers: Record<string, string>) => {
      const path = `/api/projects/${project.id}/canvas/live`;
      const answer = await test.request(path, { headers: { ...upgrade, ...headers } }, "nobody");
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await ask({}), 401);
    assert.equal(await ask({ authorization: `Bearer ${other.token}` }), 404);
    assert.equal(
      await ask({ authorization: `Bearer ${test.tokens.owner}`, origin: "https://evil.test" }),
      403,
    );
    assert.equal(await ask({ authorization: `Bearer ${test.tokens.owner}`, upgrade: "h2c" }), 400);
  });

  await t.step("what could not be stored is told to nobody, and can be sent again", async () => {
    const project = await test.makeProject("Full disk");
    const { sql } = test.studio.db;
    using other = openTestCanvas(base, project.id, test.tokens.artist);
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    await Promise.all([one.synced, other.synced]);
    await one.change(addNote("a"));
    await sql.unsafe(`
      create function no_room() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
      create trigger no_room before insert on canvas_updates for each row execute function no_room()`);
    try {
      await assert.rejects(one.change(addNote("b")), /closed: 1011/);
    } finally {
      await sql.unsafe("drop trigger no_room on canvas_updates; drop function no_room");
    }
    using again = openTestCanvas(base, project.id, test.tokens.owner);
    await again.synced;
    assert.equal(again.node("b"), undefined);
    assert.equal((await again.send(Y.encodeStateAsUpdate(one.doc))).type, "taken");
    await until("the other to see it", () => other.node("b"));
    assert.equal((await canvasOf(project.id)).version, 2);
  });

  await t.step("many changes become one snapshot, and the canvas is the same", async () => {
    const project = await test.makeProject("Long");
    using one = openTestCanvas(base, project.id, test.tokens.owner);
    await one.synced;
    await one.change(addNote("a"));
    for (let n = 0; n < 205; n++) {
      await one.change((doc) => (doc.getMap("nodes").get("a") as Y.Map<unknown>).set("text", `${n}`));
    }
    const [counted] = await test.studio.db.sql<{ updates: number; snapshot: number }[]>`
      select (select count(*)::int from canvas_updates where project_id = ${project.id}) as updates,
        (select version from canvas_snapshots where project_id = ${project.id}) as snapshot`;
    assert.deepEqual(counted, { updates: 6, snapshot: 200 });
    using two = openTestCanvas(base, project.id, test.tokens.artist);
    await two.synced;
    assert.deepEqual(two.graph(), one.graph());
  });
});

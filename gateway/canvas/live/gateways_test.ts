import assert from "node:assert/strict";
import type * as Y from "yjs";
import { CreateBranch } from "../../../shared/api/branches.ts";
import { until } from "../../agents/testing.ts";
import { createApp } from "../../app.ts";
import { composeStudio } from "../../compose.ts";
import { openDatabase } from "../../db/mod.ts";
import { createLog } from "../../http/mod.ts";
import { onPostgres } from "../../testing/database.ts";
import { openTestStudio } from "../../testing/studio.ts";
import { addNote, openTestCanvas } from "./testing.ts";

Deno.test({ name: "people at two gateways work on one canvas", ignore: !onPostgres }, async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const here = await test.serve();
  await using db = await openDatabase({ url: test.databaseUrl!, dataDir: null, connections: 4 });
  await using neighbour = await composeStudio({ ...test.studio.config }, createLog({ write: () => {} }), {
    db,
  });
  const app = createApp(neighbour);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => app.fetch(request, info),
  );
  try {
    using one = openTestCanvas(here, project.id, test.tokens.owner);
    using two = openTestCanvas(`http://127.0.0.1:${server.addr.port}`, project.id, test.tokens.artist);
    await Promise.all([one.synced, two.synced]);

    const { you } = await two.word("welcome");
    const met = await one.word("peer", ({ peer }) => peer.id === you.id);
    assert.equal(met.peer.name, test.artist.name);
    two.say({ type: "presence", presence: { cursor: { x: 3, y: 4 }, selection: [], dragging: {} } });
    await one.word("peer", ({ peer }) => peer.id === you.id && peer.presence.cursor?.x === 3);

    // Both at once, again and again: each gateway has to take in what the other stored before it stores its own.
    await Promise.all([one, two].map(async (each, who) => {
      for (let n = 0; n < 20; n++) {
        assert.equal((await each.change(addNote(`n${who}-${n}`))).type, "taken");
      }
    }));
    await until("both to have all", () => [one, two].every((each) => each.graph().nodes.length === 40));
    assert.deepEqual(one.graph(), two.graph());
    const canvas = await (await test.request(`/api/projects/${project.id}/canvas`)).json();
    assert.deepEqual([canvas.version, canvas.graph], [40, one.graph()]);

    // What one gateway has compacted the other gets as a whole.
    const title = (n: number) => (doc: Y.Doc) =>
      (doc.getMap("nodes").get("n0-0") as Y.Map<unknown>).set("title", `Title ${n}`);
    for (let n = 0; n < 165; n++) await one.change(title(n));
    await until("the last title", () => two.node("n0-0")?.title === "Title 164");
    assert.equal((await two.change(addNote("last"))).type, "taken");
    await until("the last note", () => one.node("last"));
    assert.deepEqual(one.graph(), two.graph());

    // A branch is a canvas of its own at both.
    const body = CreateBranch.parse({ title: "Look B" });
    const { name } = await test.studio.branches.create(project, body, test.owner);
    using first = openTestCanvas(here, project.id, test.tokens.owner, name);
    using second = openTestCanvas(
      `http://127.0.0.1:${server.addr.port}`,
      project.id,
      test.tokens.artist,
      name,
    );
    await Promise.all([first.synced, second.synced]);
    assert.equal((await first.change(addNote("only-here"))).type, "taken");
    await until("the note on the branch", () => second.node("only-here"));
    assert.equal((await second.change(addNote("from-there"))).type, "taken");
    await until("the other note", () => first.node("from-there"));
    await one.change(addNote("on-main"));
    await until("the note on main", () => two.node("on-main"));
    assert.deepEqual([two.node("only-here"), second.node("on-main")], [undefined, undefined]);

    two.socket.close();
    await one.word("gone", ({ id }) => id === you.id);
  } finally {
    neighbour.close();
    await server.shutdown();
  }
});

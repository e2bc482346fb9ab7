import assert from "node:assert/strict";
import * as Y from "yjs";
import { openView } from "../../../shared/canvas/live/view.ts";
import { openTestStudio } from "../../testing/studio.ts";
import type { Studio } from "../../studio.ts";
import { createRooms, type ProjectKey, type Rooms } from "./rooms.ts";
import { addNote } from "./testing.ts";

/** Somebody who looks at a canvas of these rooms, and hears of it only what these rooms say. */
async function look(rooms: Rooms, project: ProjectKey) {
  const doc = new Y.Doc();
  const view = openView(doc);
  const take = (data: Uint8Array) => Y.applyUpdate(doc, data);
  await rooms.look(project, { update: take }, Y.encodeStateVector(doc), take);
  return () => view.graph().nodes.map((node) => node.id).sort();
}

Deno.test("who looks on misses nothing of another gateway, though a change broke off and the canvas was read anew", async (t) => {
  await using test = await openTestStudio();
  // As over a line that is down: neither hears from the other, and learns from the database alone.
  const deaf = Object.assign(Object.create(test.studio), {
    events: { publish() {}, subscribe: () => ({ [Symbol.dispose]() {} }) },
  }) as Studio;
  const draw = (rooms: Rooms, project: ProjectKey, id: string) =>
    rooms.change(project, { by: "Ada", make: addNote(id) });
  const breakOff = (rooms: Rooms, project: ProjectKey) =>
    assert.rejects(
      rooms.change(project, {
        by: "Ada",
        make() {
          throw new Error("the database went away");
        },
      }),
    );

  await t.step("by the next change", async () => {
    const project = await test.makeProject("Salt");
    const here = createRooms(deaf), there = createRooms(deaf);
    const seen = await look(here, project);
    await draw(here, project, "one");
    await breakOff(here, project);
    await draw(there, project, "two");
    await draw(here, project, "three");
    assert.deepEqual(seen(), ["one", "three", "two"]);
  });
  await t.step("by the next who comes to look", async () => {
    const project = await test.makeProject("Fog");
    const here = createRooms(deaf), there = createRooms(deaf);
    const seen = await look(here, project);
    await draw(here, project, "one");
    await breakOff(here, project);
    await draw(there, project, "two");
    await look(here, project);
    assert.deepEqual(seen(), ["one", "two"]);
  });
});

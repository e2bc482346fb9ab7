import assert from "node:assert/strict";
import type { StudioEvent } from "../../shared/events/events.ts";
import type { Studio } from "../studio.ts";
import { createProgressBoard } from "./progress.ts";

Deno.test("progress is shown ahead of the database under a grant that held a moment ago, and under no other", async () => {
  const said: string[] = [];
  let heard = Promise.withResolvers<void>();
  const publish = (_tenant: string, _project: string | null, event: StudioEvent) => {
    if (event.type === "progress") said.push(event.progress.stage);
    heard.resolve();
  };
  using board = createProgressBoard({ events: { publish } } as unknown as Studio);
  const job = { id: "job", tenant_id: "studio", project_id: "film" };
  const at = (stage: string) => ({ stage, progress: 0.5 });

  board.ahead("job", at("before anybody knew of the grant"), "first");
  assert.deepEqual(said, []);
  board.set(job, at("one"), "first");
  assert.deepEqual(said, ["one"]);

  heard = Promise.withResolvers();
  const two = at("two");
  board.ahead("job", two, "first");
  board.ahead("job", at("of an agent that lost it"), "another");
  assert.equal(board.of("job")?.stage, "two");
  await heard.promise;
  // What was shown ahead is confirmed, and not said again.
  board.set(job, two, "first");
  assert.deepEqual(said, ["one", "two"]);

  board.set(job, at("three"), "second");
  board.lost("job", "first");
  assert.equal(board.of("job")?.stage, "three", "the end of an older grant is not the end of this one");
  board.lost("job", "second");
  board.ahead("job", at("after its end"), "second");
  assert.equal(board.of("job"), null);
});

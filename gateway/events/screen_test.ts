import assert from "node:assert/strict";
import type { StudioEvent } from "../../shared/events/events.ts";
import { CLOSED_FROM, createScreen, MOMENTS_UNTIL } from "./screen.ts";
import { TOO_SLOW } from "./sockets.ts";

const STATE: StudioEvent = {
  type: "state",
  jobs: [],
  takes: [],
  exports: [],
  agents: [],
  notices: [],
  canvas_version: 0,
};
const progress: StudioEvent = {
  type: "progress",
  job_id: "a",
  progress: { stage: "Sampling", progress: 0.5 },
};
const canvas = (version: number): StudioEvent => ({ type: "canvas", version, by: null });

/** A socket whose unsent bytes are what the test says. */
function wired(readState: () => Promise<StudioEvent> = () => Promise.resolve(STATE)) {
  const sent: string[] = [];
  const ends: number[] = [];
  const wire = {
    readyState: WebSocket.OPEN as 0 | 1 | 2 | 3,
    bufferedAmount: 0,
    send: (text: unknown) => {
      const event = JSON.parse(String(text));
      sent.push(event.type === "canvas" ? `canvas ${event.version}` : event.type);
    },
  };
  const screen = createScreen(wire, {
    readState,
    failed: () => {},
    end: (code) => {
      ends.push(code);
      wire.readyState = WebSocket.CLOSED;
    },
  });
  return { screen, sent, ends, wire };
}

Deno.test("what happens while the state is read comes behind it, in order", async () => {
  const read = Promise.withResolvers<StudioEvent>();
  const { screen, sent } = wired(() => read.promise);
  const synced = screen.sync();
  screen.hear(canvas(1));
  screen.hear(progress);
  screen.hear(canvas(2));
  assert.deepEqual(sent, []);
  read.resolve(STATE);
  await synced;
  screen.hear(canvas(3));
  assert.deepEqual(sent, ["state", "canvas 1", "canvas 2", "canvas 3"]);
});

Deno.test("a state that is asked for while one is read is read again, and nothing is lost", async () => {
  const reads: PromiseWithResolvers<StudioEvent>[] = [];
  const { screen, sent } = wired(() => {
    reads.push(Promise.withResolvers<StudioEvent>());
    return reads.at(-1)!.promise;
  });
  const synced = screen.sync();
  await screen.sync();
  screen.hear(canvas(1));
  reads[0]!.resolve(STATE);
  while (reads.length < 2) await Promise.resolve();
  screen.hear(canvas(2));
  reads[1]!.resolve(STATE);
  await synced;
  assert.deepEqual(sent, ["state", "canvas 2"]);
});

Deno.test("a slow client first misses the moments, then is closed", async () => {
  const { screen, sent, ends, wire } = wired();
  await screen.sync();
  wire.bufferedAmount = MOMENTS_UNTIL + 1;
  screen.hear(progress);
  screen.hear(canvas(1));
  assert.deepEqual(sent, ["state", "canvas 1"]);
  wire.bufferedAmount = 0;
  screen.hear(progress);
  assert.deepEqual(sent, ["state", "canvas 1", "progress"]);
  wire.bufferedAmount = CLOSED_FROM + 1;
  screen.hear(canvas(2));
  screen.hear(canvas(3));
  assert.deepEqual(ends, [TOO_SLOW]);
  assert.deepEqual(sent, ["state", "canvas 1", "progress"]);
});

Deno.test("a state that cannot be read ends the socket, so that the client tries again", async () => {
  const { screen, ends } = wired(() => Promise.reject(new Error("the database is away")));
  await screen.sync();
  assert.deepEqual(ends, [1011]);
});

Deno.test("a client that talks too much or too long is closed", async () => {
  const talkative = wired();
  await talkative.screen.sync();
  for (let n = 0; n < 61; n++) talkative.screen.said("{}");
  assert.deepEqual(talkative.ends, [1008]);
  const long = wired();
  long.screen.said("x".repeat(5000));
  assert.deepEqual(long.ends, [1009]);
});

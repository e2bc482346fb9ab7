import assert from "node:assert/strict";
import { join } from "@std/path";
import { pause } from "../lease/backoff.ts";
import { JobFailure } from "../lease/executor.ts";
import { eventually, startTestAgent } from "../testing/agent.ts";
import { openTestGateway } from "../testing/gateway.ts";
import type { RenderOptions } from "../../shared/jobs/film.ts";
import { createAssembler } from "./assemble.ts";
import { Room } from "./testing_room.ts";

/** Programs that this process has started and that still run (Linux). */
function children(): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const program = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      if (Number(parent) === Deno.pid && state !== "Z" && /^ff/.test(program)) found.push(program);
    } catch { /* it has ended */ }
  }
  return found;
}

/** Files below a folder, but for the takes themselves. */
async function left(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) names.push(...(await left(join(folder, name))).map((inner) => `${name}/${inner}`), name);
    else if (name !== "A.mp4") names.push(name);
  }
  return names;
}

interface Phase {
  name: string;
  /** What it says when it has begun. */
  stage: RegExp;
  as: Partial<RenderOptions>;
  shots: number;
}

const PHASES: Phase[] = [
  { name: "the takes are looked at", stage: /^Reading the takes/, as: {}, shots: 2 },
  {
    name: "sound is laid and pieces are encoded",
    stage: /^Encoding [1-9]/,
    as: { format: "mp4-h265" },
    shots: 12,
  },
  { name: "the sheet is drawn", stage: /^Picture \d+ of/, as: { format: "contact-sheet" }, shots: 8 },
  { name: "picture and sound are joined", stage: /^Joining/, as: { format: "webm" }, shots: 2 },
  { name: "the preview is made", stage: /^Making the preview/, as: { format: "mov-prores" }, shots: 2 },
];

Deno.test({
  name: "a render that is cancelled leaves no process and no file behind, whatever it was at",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    await using room = await Room.open("24", { width: 64, height: 36 });
    await room.take("A", 100, 24, { width: 64, height: 36, encoding: ["-c:v", "mpeg4"], tone: 300 });
    const list = (count: number) =>
      // No two look the same: what does is encoded once.
      Array.from({ length: count }, (_, i) => room.event(i + 1, "A", i % 12, 24 - i % 12, i * 24));
    for (const { name, stage, as, shots } of PHASES) {
      await t.step(name, async () => {
        const stop = new AbortController();
        const reason = new JobFailure("cancelled", "The artist cancelled it.");
        const asked = room.render(room.list(list(shots)), {
          ...{ as, signal: stop.signal },
          onProgress: (it) => {
            if (stage.test(it.stage)) void whenItRuns().then(() => stop.abort(reason));
          },
        });
        await assert.rejects(asked, (error) => error === reason);
        assert.deepEqual(children(), [], "no process");
        const files = (await left(room.folder)).filter((path) => path.startsWith("cut"));
        assert.deepEqual(files, [], "no file on the way");
      });
    }

    /** A phase has begun when the program that it needs is there. */
    async function whenItRuns(): Promise<void> {
      for (let i = 0; i < 2000 && children().length === 0; i++) await pause(1);
    }
  },
});

for (const phase of ["download", "upload"] as const) {
  Deno.test(`a cancel in the ${phase} is heard at once, without a heartbeat, and nothing of the job stays on the disk`, async () => {
    await using room = await Room.open("24", { width: 64, height: 36 });
    await room.take("A", 100, 24, { width: 64, height: 36 });
    const path = room.paths.get("A")!;
    // Nothing comes but what waits at the gateway: the first heartbeat was the last.
    await using gateway = openTestGateway({ heartbeatS: 3600 });
    const { oid, size } = gateway.store.put(await Deno.readFile(path));
    const hangs = Promise.withResolvers<void>();
    gateway.fault = async (request) => {
      const method = phase === "download" ? "GET" : "PUT";
      if (request.method !== method || !request.url.includes("/bucket/")) return null;
      hangs.resolve();
      await pause(120_000, request.signal).catch(() => {});
      return new Response(null, { status: 503 });
    };
    await using data = await Room.open("24");
    await using agent = startTestAgent(gateway, data.folder, createAssembler(), {
      capabilities: ["assemble"],
    });
    const input = { name: "A", oid, size, file_name: "SHOT-A_v01_take01.mp4" };
    const job = gateway.add({
      ...{ kind: "assemble", edl: room.list([room.event(1, "A", 0, 24, 0)]), edl_name: "Film_v001.edl" },
      ...{ name: "Film_v001", title: "Film", fps: "24", width: 64, height: 36 },
      inputs: [{ ...room.takes[0]!, oid, size }],
    }, { capability: "assemble", inputs: [input] });
    await hangs.promise;
    job.cancel = true;
    await gateway.until("the report", () => job.state === "cancelled");
    assert.equal(job.failed[0]!.class, "cancelled");
    assert.equal(gateway.heartbeats.length, 1, "no heartbeat was needed");
    await eventually("its folder is gone", async () => (await agent.journal.entries()).length === 0);
    assert.deepEqual((await left(data.folder)).filter((file) => /film|cut|inputs|mp4/.test(file)), []);
  });
}

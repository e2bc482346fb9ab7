import assert from "node:assert/strict";
import { join } from "@std/path";
import { JobFailure } from "../lease/executor.ts";
import { eventually } from "../testing/agent.ts";
import { listArgs, nameOf, runArgs } from "./command_line.ts";
import type { ContainerConfig } from "./config.ts";
import { keepContainers, type Kept } from "./keep.ts";
import { socketFolder } from "./program.ts";
import { openGround } from "./testing/runtime.ts";
import { takesOf } from "./testing/takes.ts";
import { abilitiesOf, ask } from "./tool.ts";

const AGENT = "01890000-0000-7000-8000-0123456789ab";

Deno.test("a runner's container is started, kept in, used, restarted when it hangs, stopped when idle, and leaves nothing", async (t) => {
  const ground = await openGround();
  if (typeof ground === "string") {
    await t.step({ name: `no container runtime: ${ground}`, ignore: true, fn() {} });
    return;
  }
  await using _ground = ground;
  const { tool, image, folder } = ground;
  const models = join(folder, "models");
  await Deno.mkdir(join(models, "vae"), { recursive: true });
  await Deno.writeTextFile(join(models, "vae", "known.safetensors"), "x");
  using port = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const config: ContainerConfig = {
    id: "flexiact",
    tool,
    image,
    port: port.addr.port,
    models,
    card: null,
    agreed_at: new Date().toISOString(),
  };
  port.close();
  const said: string[] = [];
  let idleMs: number | null = null;
  const keep = (change: Partial<ContainerConfig> = {}): Kept =>
    keepContainers([{ ...config, ...change }], {
      dataDir: folder,
      agent: AGENT,
      ramMb: 4096,
      runners: [],
      say: (sentence) => said.push(sentence),
      idleMs: () => idleMs,
      checkMs: 100,
      hangMs: 4_000,
    });
  const running = async () => (await ask(tool, listArgs(AGENT))).split(/\s+/).filter(Boolean);
  const heard = (sentence: RegExp) => said.some((each) => sentence.test(each));
  const never = new AbortController().signal;

  // As an agent leaves it that was killed.
  const leftover = {
    name: "studio-old",
    agent: AGENT,
    runner: "old",
    image,
    args: [],
    sockets: socketFolder(folder, "old"),
    models: null,
    card: null,
    memoryMb: 512,
  };
  await Deno.mkdir(leftover.sockets, { recursive: true });
  await Deno.chmod(leftover.sockets, 0o777);
  const [verb, ...rest] = runArgs(tool, leftover, await abilitiesOf(tool));
  await ask(tool, [verb!, "--detach", ...rest]);
  assert.equal((await running()).length, 1);

  {
    await using kept = keep();
    const door = kept.doors.get("flexiact")!;
    (await door.hold(never))[Symbol.dispose]();
    assert.ok(heard(/^1 container of an earlier run removed/), said.join("\n"));
    assert.equal((await running()).length, 1, "the leftover is gone, and one is there");

    const takes = await takesOf(door, folder);
    const { result } = await takes.make({ action: "crouch" });
    assert.deepEqual([result.extension, result.media.width], ["mp4", 144]);

    const found = await lookAround(takes);
    assert.deepEqual(found, {
      uid: 10001,
      rights: 0,
      no_new_privileges: "1",
      interfaces: ["lo"],
      reaches: false,
      writes_root: false,
      writes_models: false,
      reads_models: true,
      writes_scratch: true,
    });

    await ask(tool, ["kill", "--signal", "STOP", nameOf(AGENT, "flexiact")]);
    await eventually("it is found hanging", () => heard(/^The container of flexiact hangs/));
    await eventually("it is up again", () => door.awake());
    assert.ok((await takes.make({})).result.media, "and works");

    idleMs = 50;
    await eventually("it sleeps", () => heard(/is stopped: nothing to do/));
    await eventually("and is gone", async () => (await running()).length === 0);
    const slots = (await takes.look()).slots.flatMap(({ capabilities }) => capabilities);
    assert.deepEqual(slots, ["flexiact@high"], "what it can make stays on offer");
    assert.ok((await takes.make({})).result.media, "and the next job wakes it");
  }
  assert.deepEqual(await running(), [], "it ends with the agent");

  const heardBefore = said.length;
  await using _missing = keep({ image: "localhost/never-built:1" });
  await eventually("why it cannot start", () => said.length > heardBefore);
  assert.match(
    said.at(-1)!,
    /the image localhost\/never-built:1 is not here any more; agent container add flexiact/,
  );
});

/** What the test's model finds when it looks for a way out. */
async function lookAround(takes: Awaited<ReturnType<typeof takesOf>>): Promise<unknown> {
  const failure = await takes.make({ prompt: "look around" }).then(() => null, (error) => error);
  assert.ok(failure instanceof JobFailure, String(failure));
  const json = /\{.*\}/s.exec(failure.message)?.[0] ?? /\{.*\}/s.exec(failure.detail ?? "")?.[0];
  assert.ok(json, failure.message);
  return JSON.parse(json);
}

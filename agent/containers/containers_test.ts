import assert from "node:assert/strict";
import { join } from "@std/path";
import { writeConfig } from "../config.ts";
import { JobFailure } from "../lease/executor.ts";
import { installedRunners } from "../machine.ts";
import { RUNNERS_DIR } from "../runners/mod.ts";
import { eventually, testSpec } from "../testing/agent.ts";
import { openTestGateway } from "../testing/gateway.ts";
import { launched, outcome } from "../testing/launched.ts";
import { listArgs, nameOf, runArgs } from "./command_line.ts";
import type { ContainerConfig } from "./config.ts";
import { keepContainers, type Kept } from "./keep.ts";
import { socketFolder } from "./program.ts";
import { type Ground, openGround } from "./testing/runtime.ts";
import { takesOf } from "./testing/takes.ts";
import { abilitiesOf, ask } from "./tool.ts";

const AGENT = "01890000-0000-7000-8000-0123456789ab";

Deno.test("runners in containers", async (t) => {
  const ground = await openGround();
  if (typeof ground === "string") {
    await t.step({ name: `not tried, as there is no container runtime: ${ground}`, ignore: true, fn() {} });
    return;
  }
  await using _ground = ground;
  await t.step(
    "one is started, kept in, used, restarted when it hangs, stopped when idle, and leaves nothing",
    () => oneLife(ground),
  );
  await t.step("an owner agrees to one by command, and the agent may start that and nothing else", () => {
    return byCommand(ground);
  });
});

async function oneLife({ tool, image, folder }: Exclude<Ground, string>): Promise<void> {
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
      hangMs: 2_500,
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
}

/** What the test's model finds when it looks for a way out. */
async function lookAround(takes: Awaited<ReturnType<typeof takesOf>>): Promise<unknown> {
  const failure = await takes.make({ prompt: "look around" }).then(() => null, (error) => error);
  assert.ok(failure instanceof JobFailure, String(failure));
  const json = /\{.*\}/s.exec(failure.message)?.[0] ?? /\{.*\}/s.exec(failure.detail ?? "")?.[0];
  assert.ok(json, failure.message);
  return JSON.parse(json);
}

async function byCommand({ tool, image, folder }: Exclude<Ground, string>): Promise<void> {
  const data = join(folder, "agent");
  await using gateway = openTestGateway();
  await Deno.mkdir(data);
  writeConfig(data, {
    schema: 1,
    gateway: gateway.url,
    agent_id: AGENT,
    name: "Mira's 3090",
    token: gateway.token,
    comfyui: null,
    store_origins: [],
    allow_http: false,
    joined_at: new Date().toISOString(),
  });
  const digest = await ask(tool, ["image", "inspect", "--format", "{{.Digest}}", image]);
  await installRunner(data, "my-action", `${image.replace(/:1$/, "")}@${digest}`);
  await installRunner(data, "my-moving-action", image);

  const agent = (...args: string[]) => launched(data, args);
  const refused = await outcome(
    agent("container", "add", "my-moving-action", "--with", tool, "--gpu", "none"),
  );
  assert.equal(refused.code, 2, refused.text);
  assert.match(refused.text, /without its digest/);
  const nowhere = await outcome(agent("container", "add", "flexiact", "--with", tool, "--gpu", "none"));
  assert.match(nowhere.text, /reads model files: name ComfyUI's models folder with --models DIR/);
  const added = await outcome(agent("container", "add", "my-action", "--with", tool, "--gpu", "none"));
  assert.equal(added.code, 0, added.text);
  assert.match(added.text, /no network, no rights, read-only/);
  assert.match(
    (await outcome(agent("container", "list"))).text,
    /my-action +podman, .*, CPU, models none, port 8190/,
  );

  const working = agent("run");
  const ending = outcome(working);
  await gateway.until(
    "it can make it",
    () =>
      gateway.sessions.some(({ facts }) =>
        facts.slots.some(({ capabilities }) => capabilities.includes("my-action@low"))
      ),
  );
  const picture = gateway.store.put(await Deno.readFile(join(folder, "character.png")));
  const job = gateway.add({
    ...testSpec(),
    runner: "my-action",
    output: "video",
    params: { prompt: "A man is doing squats.", seed: 7, frames: 49, fps: 8, steps: 10 },
    width: 144,
    height: 96,
  }, { capability: "my-action@low", inputs: [{ name: "image", ...picture, file_name: "character.png" }] });
  await gateway.until("the take", () => job.state === "succeeded" || job.state === "failed");
  assert.deepEqual(job.failed, []);
  assert.equal(job.completed[0]!.media.width, 144);
  working.kill("SIGTERM");
  const { code, text } = await ending;
  assert.equal(code, 0, text);
  assert.equal(await ask(tool, listArgs(AGENT)), "", "its container ended with it");

  const removed = await outcome(agent("container", "remove", "my-action"));
  assert.equal(removed.code, 0, removed.text);
  assert.match(
    (await outcome(agent("container", "list"))).text,
    /Not agreed to: comfyui, flexiact, my-action/,
  );
}

/** FlexiAct's graph under another name, as a runner from elsewhere would bring it. */
async function installRunner(data: string, id: string, image: string): Promise<void> {
  const own = join(RUNNERS_DIR, "flexiact");
  const manifest = JSON.parse(await Deno.readTextFile(join(own, "runner.json")));
  const { high } = manifest.tiers;
  const tiers = { low: { ...high, vram_mb: 0, ram_mb: 256, models: [] } };
  const to = join(installedRunners(data), id);
  await Deno.mkdir(to, { recursive: true });
  await Deno.writeTextFile(
    join(to, "runner.json"),
    JSON.stringify({ ...manifest, id, container: { image }, tiers }),
  );
  await Deno.copyFile(join(own, "high.workflow.json"), join(to, "high.workflow.json"));
}

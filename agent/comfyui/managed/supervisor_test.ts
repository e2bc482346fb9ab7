import assert from "node:assert/strict";
import { join } from "@std/path";
import { eventually } from "../../testing/agent.ts";
import { findComfyUi } from "./find_python.ts";
import { flagsFor, knownFlags } from "./flags.ts";
import { LogFile } from "./log_file.ts";
import { ownComfyUi } from "./own_process.ts";
import { type ManagedOptions, openManaged } from "./supervisor.ts";
import { PYTHON, type StandIn, standInComfyUi } from "./testing/stand_in.ts";

/** Needs a Python to stand in for ComfyUI's. */
const story = { ignore: PYTHON === null };
const never = new AbortController().signal;

function manage(comfy: StandIn, said: string[], options: Partial<ManagedOptions> = {}) {
  return openManaged({
    program: ownComfyUi({ folder: comfy.folder, python: PYTHON!, url: comfy.url }),
    url: comfy.url,
    logPath: join(comfy.folder, "comfyui.log"),
    say: (sentence) => said.push(sentence),
    checkMs: 20,
    backoff: { baseMs: 10, capMs: 50 },
    ...options,
  });
}

const answers = (url: string) =>
  fetch(`${url}/system_stats`).then((r) => r.body?.cancel().then(() => r.ok), () => false);

Deno.test("only flags that this ComfyUI lists are given, and what knows no port is no ComfyUI", () => {
  const help =
    "usage: main.py [-h] [--listen [IP]] [--port PORT]\n  --preview-method [none,auto]\n  --lowvram   Split\n";
  assert.deepEqual(flagsFor(knownFlags(help), 8189), [
    "--listen",
    "127.0.0.1",
    "--port",
    "8189",
    "--preview-method",
    "auto",
  ]);
  assert.ok(flagsFor(knownFlags(`${help} --disable-assets`), 1).includes("--disable-assets"));
  assert.ok(flagsFor(knownFlags(`${help} --cpu`), 1, { onCpu: true }).includes("--cpu"));
  assert.ok(!flagsFor(knownFlags(`${help} --cpu`), 1).includes("--cpu"), "only where there is no card");
  assert.throws(() => flagsFor(knownFlags("usage: main.py [-h] [--porty X]"), 1), /is this ComfyUI's folder/);
});

Deno.test({
  ...story,
  name: "it is started with flags it knows, keeps a log, and ends with the agent",
  async fn() {
    await using comfy = await standInComfyUi();
    const said: string[] = [];
    {
      await using managed = manage(comfy, said);
      using _held = await managed.hold(never);
      assert.equal(managed.state(), "up");
      const [start] = comfy.starts();
      assert.equal(start!.pid, managed.pid());
      const { port } = new URL(comfy.url);
      assert.deepEqual(start!.args, [
        "--listen",
        "127.0.0.1",
        "--port",
        port,
        "--disable-auto-launch",
        "--preview-method",
        "auto",
      ]);
      assert.ok(await answers(comfy.url));
      await eventually(
        "its output is kept",
        async () => (await Deno.readTextFile(join(comfy.folder, "comfyui.log"))).includes("Starting server"),
      );
    }
    assert.equal(await answers(comfy.url), false, "its process has ended");
    assert.deepEqual(said, [`ComfyUI is up at ${comfy.url}.`]);
  },
});

Deno.test({
  ...story,
  name: "one that dies or hangs is started again, and a job meanwhile goes to another machine",
  async fn() {
    await using comfy = await standInComfyUi();
    const said: string[] = [];
    await using managed = manage(comfy, said, { hangMs: 2_000 });
    const held = await managed.hold(never);
    Deno.kill(managed.pid()!, "SIGKILL");
    await eventually("whoever holds it hears of its end", () => held.gone!.aborted);
    assert.match(String(held.gone!.reason), /ComfyUI has ended \(SIGKILL\) in the middle of the job/);
    held[Symbol.dispose]();
    await eventually("it is up again", () => comfy.starts().length > 1 && managed.state() === "up");
    assert.ok(
      said.some((each) =>
        /^ComfyUI has ended \(SIGKILL\): Starting server\. Started again in 1 s/.test(each)
      ),
      said.join("\n"),
    );

    await Deno.writeTextFile(join(comfy.folder, "hang"), "");
    await eventually("it is found hanging", () => said.some((sentence) => /^ComfyUI hangs/.test(sentence)));
    await Deno.remove(join(comfy.folder, "hang"));
    await eventually("it is up once more", () => managed.state() === "up");

    await Deno.writeTextFile(join(comfy.folder, "broken"), "");
    Deno.kill(managed.pid()!, "SIGKILL");
    await eventually("its own words are said", () => said.some((each) => each.includes("(exit code 3)")));
    assert.match(said.findLast((each) => each.includes("(exit code 3)"))!, /no kernel image is available/);
    await eventually(
      "a job is refused",
      () =>
        managed.hold(never).then(
          (held) => (held[Symbol.dispose](), false),
          (error) => /has ended here/.test(error.message),
        ),
    );
  },
});

Deno.test({
  ...story,
  name: "idle it sleeps once it was seen, a held one does not, and the next job wakes it",
  async fn() {
    await using comfy = await standInComfyUi();
    await using managed = manage(comfy, [], { idleMs: () => 50 });
    {
      using _held = await managed.hold(never);
      managed.seen();
      await assert.rejects(
        eventuallyWithin(300, () => managed.state() === "asleep"),
        "a job that is being made keeps it awake",
      );
    }
    await eventually("it sleeps", () => managed.state() === "asleep" && managed.pid() === null);
    assert.equal(await answers(comfy.url), false);
    using _next = await managed.hold(never);
    assert.equal(comfy.starts().length, 2);
    assert.ok(await answers(comfy.url));
  },
});

Deno.test({
  ...story,
  name: "one whose PyTorch misses its card is started on the CPU next",
  async fn() {
    await using comfy = await standInComfyUi({ needsCard: true });
    const said: string[] = [];
    await using managed = manage(comfy, said);
    await eventually("it is up", () => managed.state() === "up");
    assert.match(said[0]!, /has ended \(exit code 1\): RuntimeError: Found no NVIDIA driver/);
    assert.deepEqual(comfy.starts().map(({ args }) => args.includes("--cpu")), [false, true]);
  },
});

Deno.test({
  ...story,
  name: "what answers there already is used and left alone",
  async fn() {
    await using comfy = await standInComfyUi();
    await using first = manage(comfy, []);
    (await first.hold(never))[Symbol.dispose]();
    const said: string[] = [];
    {
      await using second = manage(comfy, said);
      (await second.hold(never))[Symbol.dispose]();
      assert.equal(second.pid(), null);
      assert.match(said[0]!, /answers at .* already; that one is used/);
    }
    assert.ok(await answers(comfy.url));
    assert.equal(comfy.starts().length, 1);
  },
});

Deno.test({
  ...story,
  name: "a folder or Python that is not there, and a main.py that fails, are each a sentence",
  async fn() {
    await using comfy = await standInComfyUi();
    const at = { python: null, path: Deno.env.get("PATH") ?? "", cwd: comfy.folder };
    assert.equal(findComfyUi(".", at).folder, comfy.folder);
    assert.throws(() => findComfyUi("none", at), /no main.py in .*none/);
    assert.throws(() => findComfyUi(".", { ...at, python: "py" }), /There is no .*py \(--python\)/);
    assert.throws(() => findComfyUi(".", { ...at, path: "" }), /name it with --python/);
    await Deno.mkdir(join(comfy.folder, "venv", "bin"), { recursive: true });
    await Deno.writeTextFile(join(comfy.folder, "venv", "bin", "python"), "");
    if (Deno.build.os !== "windows") assert.match(findComfyUi(".", at).python, /venv\/bin\/python$/);

    await Deno.writeTextFile(join(comfy.folder, "main.py"), "raise ModuleNotFoundError('torch')\n");
    const said: string[] = [];
    await using _managed = manage(comfy, said);
    await eventually("why it cannot start", () => said.length > 0);
    assert.match(
      said[0]!,
      /cannot be started: ".* main.py --help" fails: ModuleNotFoundError: torch\. Started again/,
    );
  },
});

Deno.test("the log is bounded and knows the last line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const log = new LogFile(join(folder, "comfyui.log"), 1_000);
    for (let at = 0; at < 200; at++) log.write(new TextEncoder().encode(`line ${at}\r\n`));
    const sizes = [log.path, `${log.path}.old`].map((path) => Deno.statSync(path).size);
    assert.ok(sizes.every((size) => size <= 1_000), String(sizes));
    assert.equal(log.lastLine(), "line 199");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Rejects when it does not hold within `ms`. */
async function eventuallyWithin(ms: number, holds: () => boolean): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until;) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not");
}

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "@std/path";
import { PYTHON, standInComfyUi } from "../comfyui/managed/testing/stand_in.ts";
import { createComfyClient } from "../comfyui/mod.ts";
import { type ContainerDoor, JobFailure } from "../lease/executor.ts";
import { eventually } from "../testing/agent.ts";
import { openRelay } from "./relay.ts";
import { film } from "./testing/film.ts";
import { takesOf } from "./testing/takes.ts";

const MODEL = fileURLToPath(new URL("./testing/model.py", import.meta.url));
const ENTER = fileURLToPath(new URL("./comfyui/enter.py", import.meta.url));
const ADAPTER = fileURLToPath(new URL("./flexiact", import.meta.url));

/** The adapter's server as a process here, with the test's model, behind the relay that a container would have. */
async function openAdapter() {
  const folder = await Deno.makeTempDir({ prefix: "adapter-" });
  await Deno.copyFile(MODEL, join(folder, "model.py"));
  await film(join(folder, "film.mp4"));
  await Deno.mkdir(join(folder, "models", "vae"), { recursive: true });
  await Deno.writeTextFile(join(folder, "models", "vae", "known.safetensors"), "");
  const socket = join(folder, "comfyui.sock");
  const process = new Deno.Command(PYTHON!, {
    args: ["-B", join(folder, "model.py")],
    env: {
      ADAPTER,
      STUDIO_SOCKET: socket,
      STUDIO_MODELS: join(folder, "models"),
      HOME: folder,
      PYTHONUNBUFFERED: "1",
    },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  const heard = process.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({ write: (text) => void (said += text) }),
  );
  const relay = openRelay(0, socket);
  const url = `http://127.0.0.1:${relay.addr.port}`;
  await eventually("the adapter listens", () => said.includes("Listening"));
  const door: ContainerDoor = {
    url,
    card: null,
    awake: () => true,
    hold: () => Promise.resolve({ [Symbol.dispose]() {} }),
    seen() {},
  };
  return {
    door,
    client: createComfyClient({ url }),
    said: () => said,
    takes: await takesOf(door, folder),
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
      await heard;
      relay.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function failsAs(errorClass: string, sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof JobFailure, String(error));
    assert.equal(error.class, errorClass, error.message);
    assert.match(error.message, sentence);
    return true;
  };
}

Deno.test({
  name:
    "FlexiAct's adapter speaks ComfyUI's API: the agent makes a take with it, with progress, and takes one back",
  // Needs a Python to run the adapter.
  ignore: PYTHON === null,
  async fn() {
    await using adapter = await openAdapter();
    const { takes, client } = adapter;

    const runners = await takes.look();
    assert.deepEqual(runners.slots.map(({ slot, capabilities }) => [slot, capabilities]), [
      ["cpu", ["flexiact@high"]],
    ]);
    assert.deepEqual(await client.models("vae", {}), ["known.safetensors"]);
    assert.deepEqual(await client.models("../..", {}), [], "nothing outside the models folder is listed");

    const { result, progress } = await takes.make({ action: "crouch", seed: 7, guidance: 4.5, steps: 12 });
    assert.deepEqual([result.extension, result.media.width, result.media.height], ["mp4", 144, 96]);
    assert.match(adapter.said(), /transfer crouch 7 12 4\.5/);
    const stages = progress.map(({ progress }) => progress);
    assert.ok(stages.some((each) => each > 0.1 && each < 0.9), `the way there is shown: ${stages}`);
    assert.equal((await takes.look()).loaded("cpu").join(), "flexiact@high");

    await assert.rejects(takes.make({ action: "Dance" }), failsAs("agent", /Dance/));
    await assert.rejects(takes.make({ prompt: "memory" }), failsAs("oom", /memory/i));
    await eventually("its memory is given back", () => adapter.said().includes("unloaded"));

    const stop = new AbortController();
    const taken = takes.make({ prompt: "slowly", steps: 100 }, {
      signal: stop.signal,
      progress: ({ progress }) => progress > 0 && stop.abort(new Error("The artist changed her mind.")),
    });
    await assert.rejects(taken, /changed her mind/);
    await eventually("nothing runs any more", async () => {
      const response = await fetch(`${client.url}/queue`);
      const { queue_running, queue_pending } = await response.json();
      return queue_running.length === 0 && queue_pending.length === 0;
    });
    assert.ok((await takes.make({})).result.media, "and it takes the next");
  },
});

Deno.test({
  name: "what the adapter cannot make is refused in ComfyUI's words, and no path leads out of its folders",
  ignore: PYTHON === null,
  async fn() {
    await using adapter = await openAdapter();
    const { url } = adapter.client;
    const post = (path: string, body: unknown) =>
      fetch(`${url}${path}`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    const graph = (change: Record<string, unknown>) => ({
      image: { class_type: "LoadImage", inputs: { image: "none.png" } },
      act: {
        class_type: "FlexiAct",
        inputs: {
          image: ["image", 0],
          action: "rotate",
          prompt: "x",
          seed: 1,
          steps: 5,
          guidance: 6,
          ...change,
        },
      },
      save: { class_type: "SaveVideo", inputs: { video: ["act", 0], filename_prefix: "x" } },
    });
    const errorOf = async (prompt: unknown) => {
      const response = await post("/prompt", { prompt });
      assert.equal(response.status, 400);
      const { error, node_errors } = await response.json();
      const [node] = Object.values(node_errors) as { errors: { type: string }[] }[];
      return node?.errors[0]?.type ?? error.type;
    };
    assert.equal(await errorOf(graph({})), "custom_validation_failed", "its picture was not uploaded");
    assert.equal(await errorOf(graph({ action: "fly" })), "value_not_in_list");
    assert.equal(await errorOf(graph({ steps: 0 })), "value_smaller_than_min");
    assert.equal(await errorOf(graph({ seed: "much" })), "invalid_input_type");
    assert.equal(await errorOf(graph({ image: ["save", 0] })), "bad_linked_input");
    assert.equal(await errorOf({ x: { class_type: "PythonCode", inputs: {} } }), "invalid_prompt");
    assert.equal(await errorOf({}), "no_prompt");
    for (
      const path of ["/prompt", "/upload/image", "/view?filename=../../model.py", "/history/none", "/no"]
    ) {
      const answer = await fetch(`${url}${path}`);
      assert.ok(!(await answer.text()).includes("TestModel"), path);
    }
    assert.equal((await fetch(`${url}/view?filename=../model.py`)).status, 403);
    assert.equal((await post("/prompt", "{")).status, 500);
    assert.equal((await post("/upload/image", "x")).status, 400);
  },
});

Deno.test({
  name:
    "ComfyUI's container starts it with flags that it knows and answers for it at the socket, until it ends",
  ignore: PYTHON === null,
  async fn() {
    await using comfy = await standInComfyUi();
    const socket = join(comfy.folder, "comfyui.sock");
    const models = join(comfy.folder, "models");
    await Deno.mkdir(join(models, "vae"), { recursive: true });
    const process = new Deno.Command(PYTHON!, {
      args: ["-B", ENTER, PYTHON!, join(comfy.folder, "main.py")],
      env: {
        STUDIO_SOCKET: socket,
        STUDIO_MODELS: models,
        HOME: comfy.folder,
        COMFYUI_PORT: new URL(comfy.url).port,
      },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const relay = openRelay(0, socket);
    try {
      const client = createComfyClient({ url: `http://127.0.0.1:${relay.addr.port}` });
      await eventually("it answers at the socket", () => client.systemStats().then(() => true, () => false));
      assert.equal((await client.systemStats()).system.comfyui_version, "0.3.99");
      assert.deepEqual(comfy.starts()[0]!.args, [
        "--listen",
        "127.0.0.1",
        "--port",
        new URL(comfy.url).port,
        "--disable-auto-launch",
        "--preview-method",
        "auto",
      ]);
      assert.match(await Deno.readTextFile(join(comfy.folder, "comfyui", "models.yaml")), /^ {2}vae: vae$/m);
      assert.equal((await Deno.stat(socket)).mode! & 0o777, 0o777, "another account may connect");
      process.kill("SIGTERM");
      assert.notEqual((await process.status).code, 0, "its end is ComfyUI's");
      await assert.rejects(client.systemStats());
    } finally {
      relay.close();
    }
  },
});

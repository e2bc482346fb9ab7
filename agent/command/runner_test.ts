import assert from "node:assert/strict";
import { join } from "@std/path";
import { packDigest } from "../../shared/runners/pack.ts";
import { createComfyClient } from "../comfyui/mod.ts";
import { UsageError } from "../config.ts";
import type { GatewayClient } from "../lease/client.ts";
import { loadAllRunners } from "../runners/load.ts";
import { openFullComfyUi, RUNNERS_DIR } from "../runners/testing/comfyui.ts";
import { runner } from "./runner.ts";
import { parseRunnerLine } from "./runner_options.ts";

/** As ComfyUI exports a graph: numbered nodes, titles, somebody's own values. */
const EXPORT = {
  "1": { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "flux1-dev-fp8.safetensors" } },
  "2": { class_type: "CLIPTextEncode", inputs: { text: "a fox", clip: ["1", 1] }, _meta: { title: "Words" } },
  "3": { class_type: "CLIPTextEncode", inputs: { text: "", clip: ["1", 1] } },
  "4": { class_type: "EmptySD3LatentImage", inputs: { width: 1024, height: 768, batch_size: 1 } },
  "5": {
    class_type: "KSampler",
    inputs: {
      seed: 7,
      steps: 20,
      cfg: 1,
      sampler_name: "euler",
      scheduler: "simple",
      denoise: 1,
      model: ["1", 0],
      positive: ["2", 0],
      negative: ["3", 0],
      latent_image: ["4", 0],
    },
  },
  "6": { class_type: "VAEDecode", inputs: { samples: ["5", 0], vae: ["1", 2] } },
  "7": { class_type: "SaveImage", inputs: { images: ["6", 0], filename_prefix: "ComfyUI" } },
};

async function openDesk(comfyui: string | null = null, gateway: Partial<GatewayClient> | null = null) {
  const folder = await Deno.makeTempDir();
  const said: string[] = [];
  return {
    folder,
    installedDir: join(folder, "data", "runners"),
    said: () => said.splice(0).join("\n"),
    do: (...args: string[]) => {
      const at = args.findIndex((arg) => arg.startsWith("--"));
      const [positionals, rest] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)];
      const values = Object.fromEntries(
        rest.flatMap((arg, index) => arg.startsWith("--") ? [[arg.slice(2), rest[index + 1]!]] : []),
      );
      return runner(parseRunnerLine(positionals, values, folder), {
        print: (text) => said.push(text),
        ownDir: RUNNERS_DIR,
        installedDir: join(folder, "data", "runners"),
        comfyui: comfyui === null ? null : createComfyClient({ url: comfyui }),
        gateway: gateway as GatewayClient | null,
      });
    },
    write: (name: string, value: unknown) =>
      Deno.writeTextFile(join(folder, name), typeof value === "string" ? value : JSON.stringify(value)),
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("from ComfyUI's export to a runner that works beside the agent's own, without a line of code", async () => {
  await using comfyui = await openFullComfyUi();
  await using desk = await openDesk(comfyui.url);
  await desk.write("fox.json", EXPORT);
  assert.equal(await desk.do("new", "my-fox", "--graph", "fox.json", "--tier", "low"), 0);
  assert.match(desk.said(), /input prompt +← node 2, Words: text[^]*5\.cfg = 1 +\(KSampler: cfg\)/);

  assert.equal(await desk.do("check", "my-fox"), 0);
  assert.match(
    desk.said(),
    /manifest is in order\.\n.* the licence of flux1-dev-fp8.*\nComfyUI \S+ takes its graph\./,
  );

  assert.equal(await desk.do("pack", "my-fox"), 0);
  const digest = /sha256 ([0-9a-f]{64})/.exec(desk.said())![1]!;
  assert.equal(await packDigest(await Deno.readFile(join(desk.folder, "my-fox-1.0.0.zip"))), digest);

  assert.equal(await desk.do("install", "my-fox-1.0.0.zip", "--sha256", "0".repeat(64)), 1);
  assert.match(desk.said(), /nothing was installed/);
  assert.equal(await desk.do("install", "my-fox-1.0.0.zip", "--sha256", digest), 0);
  assert.match(desk.said(), /runs these nodes of ComfyUI: CLIPTextEncode, CheckpointLoaderSimple/);
  const { runners, faults } = await loadAllRunners(RUNNERS_DIR, desk.installedDir);
  assert.deepEqual(faults, []);
  assert.equal(runners.at(-1)!.manifest.id, "my-fox");
  assert.equal(await desk.do("list"), 0);
  assert.match(desk.said(), /Comes with the agent[^]*flux-image[^]*Installed here\n {2}my-fox/);
  assert.equal(await desk.do("remove", "my-fox"), 0);
  await assert.rejects(desk.do("remove", "my-fox"), UsageError);
});

Deno.test("what ComfyUI would refuse is said before anybody waits for a card", async () => {
  await using comfyui = await openFullComfyUi();
  await using desk = await openDesk(comfyui.url);
  await desk.write("fox.json", {
    ...EXPORT,
    "4": { class_type: "EmptySD3LatentImage", inputs: { width: 1024, height: 768, batch_size: 0 } },
    "6": { class_type: "VAEDecodeFast", inputs: { samples: ["5", 0], vae: ["1", 2] } },
  });
  await desk.do("new", "my-fox", "--graph", "fox.json");
  desk.said();
  assert.equal(await desk.do("check", "my-fox"), 1);
  assert.match(desk.said(), /standard: standard\.workflow\.json: .*VAEDecodeFast/);
  await desk.write("fox.json", {
    ...EXPORT,
    "5": { ...EXPORT["5"], inputs: { ...EXPORT["5"].inputs, scheduler: "odd" } },
  });
  await desk.do("new", "odd-fox", "--graph", "fox.json");
  desk.said();
  assert.equal(await desk.do("check", "odd-fox"), 1);
  assert.match(desk.said(), /node "5" \(KSampler\): Value not in list: scheduler: 'odd'/);
});

Deno.test("an installed runner is the studio's own bytes; the agent's own cannot be replaced", async () => {
  await using desk = await openDesk(null, {
    runnerPack: (id) =>
      id === "my-fox" ? Deno.readFile(join(desk.folder, "my-fox-1.0.0.zip")) : Promise.reject(new Error(id)),
  });
  await desk.write("fox.json", EXPORT);
  await desk.do("new", "my-fox", "--graph", "fox.json");
  await desk.do("pack", "my-fox");
  await Deno.remove(join(desk.folder, "my-fox"), { recursive: true });
  assert.equal(await desk.do("install", "my-fox"), 0);
  await desk.do("new", "flux-image", "--graph", "fox.json");
  desk.said();
  assert.equal(await desk.do("install", "flux-image"), 1);
  assert.match(desk.said(), /comes with the agent/);
});

Deno.test("a pack whose graph runs programs of others is installed only by whoever says so", async () => {
  await using desk = await openDesk();
  await desk.write("fox.json", {
    ...EXPORT,
    "8": { class_type: "EasyPythonScript", inputs: { code: "print(1)", image: ["6", 0] } },
    "9": { class_type: "LoadImage", inputs: { image: "/home/mira/passport.png" } },
    "7": { class_type: "SaveImage", inputs: { images: ["8", 0], filename_prefix: "ComfyUI" } },
  });
  await desk.do("new", "my-fox", "--graph", "fox.json");
  desk.said();
  assert.equal(await desk.do("install", "my-fox"), 1);
  const asked = desk.said();
  assert.match(asked, /! By name, EasyPythonScript runs a program that the graph brings/);
  assert.match(asked, /Nothing was installed\. If you trust who made my-fox: the same with --accept-risks/);
  await assert.rejects(Deno.stat(join(desk.installedDir, "my-fox")), Deno.errors.NotFound);
  assert.equal(await desk.do("install", "my-fox", "--accept-risks", "yes"), 0);
  assert.match(desk.said(), /Installed My fox 1\.0\.0/);
  await Deno.stat(join(desk.installedDir, "my-fox", "runner.json"));
});

Deno.test("a wrong word is answered with the line that was meant", async () => {
  await using desk = await openDesk();
  const says = (words: RegExp, ...args: string[]) =>
    assert.rejects(
      async () => await desk.do(...args),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  await says(/agent runner does one of:/, "mend");
  await says(/It goes: agent runner new ID --graph FILE/, "new", "x");
  await says(/--tier is one of low, standard, high/, "new", "x", "--graph", "g.json", "--tier", "ultra");
  await says(/lower-case words and hyphens/, "new", "My Fox", "--graph", "g.json");
  await says(/cannot be read as JSON/, "new", "fox", "--graph", "none.json");
  await desk.write("drawing.json", { nodes: [], links: [], version: 0.4 });
  await says(/Export \(API\)/, "new", "fox", "--graph", "drawing.json");
  await says(/There is no folder/, "check", "nowhere");
  await says(/no studio was joined/, "install", "some-runner");
});

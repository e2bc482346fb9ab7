import assert from "node:assert/strict";
import { abilities, type ComfyFacts, listedName, type SlotFacts } from "./capability.ts";
import { loadRunners } from "./load.ts";
import { modelsOf, recordedObjectInfo, RUNNERS_DIR } from "./testing/comfyui.ts";

const { runners } = await loadRunners(RUNNERS_DIR);
const FULL: ComfyFacts = {
  nodeClasses: new Set(Object.keys(await recordedObjectInfo())),
  models: new Map(Object.entries(modelsOf(runners))),
};
const CARD: SlotFacts = {
  name: "NVIDIA GeForce RTX 4090",
  vramMb: 24_100,
  ramMb: 64_000,
  diskFreeMb: 200_000,
  comfyui: FULL,
  noComfyui: "",
  builtin: false,
  noBuiltin: null,
};

function why(capability: string, change: Partial<SlotFacts>) {
  const found = abilities(runners, { ...CARD, ...change });
  assert.ok(!found.capabilities.includes(capability), `it can do ${capability}`);
  const { reason, sentence } = found.cannot.find((each) => each.capability === capability)!;
  assert.ok(sentence.length <= 500);
  return [reason, sentence];
}

Deno.test("a 24 GB card with everything makes every tier; a 12 GB one makes Low", () => {
  const high = abilities(runners, CARD).capabilities;
  for (
    const capability of ["flux-image@low", "flux-image@high", "wan-video@high", "self-test-video@standard"]
  ) {
    assert.ok(high.includes(capability), capability);
  }
  const low = abilities(runners, { ...CARD, name: "RTX 3060", vramMb: 12_034 }).capabilities;
  assert.ok(low.includes("flux-image@low") && !low.includes("flux-image@standard"), low.join(" "));
});

Deno.test("what is missing is said with what would change it", () => {
  assert.deepEqual(why("flux-image@standard", { name: "RTX 3060", vramMb: 12_034 }), [
    "vram",
    "FLUX image at Standard needs 15 GiB of GPU memory; RTX 3060 has 12 GiB.",
  ]);
  assert.deepEqual(why("flux-image@low", { vramMb: null }), [
    "vram",
    "FLUX image at Low needs 10 GiB of GPU memory; NVIDIA GeForce RTX 4090 does not say how much it has.",
  ]);
  assert.deepEqual(why("flux-image@high", { ramMb: 31_900 }), [
    "ram",
    "FLUX image at High needs 59 GiB of memory; this machine has 31 GiB.",
  ]);
  assert.deepEqual(why("wan-video@low", { diskFreeMb: 100 }), [
    "disk",
    "Wan video at Low needs 2.0 GiB of free disk; 0.1 GiB are free. Free some space.",
  ]);
  assert.deepEqual(
    why("flux-image@low", { comfyui: null, noComfyui: "none answers at http://127.0.0.1:8188." }),
    [
      "comfyui",
      "FLUX image at Low needs ComfyUI: none answers at http://127.0.0.1:8188.",
    ],
  );
  assert.deepEqual(why("flux-image@low", { comfyui: { ...FULL, models: new Map() } }), [
    "models",
    "FLUX image at Low lacks flux1-schnell-fp8.safetensors (models/checkpoints): a download of 17.2 GB. " +
    "From https://huggingface.co/Comfy-Org/flux1-schnell/resolve/main/flux1-schnell-fp8.safetensors",
  ]);
  const [reason, sentence] = why("flux-image@low", {
    comfyui: { ...FULL, models: new Map() },
    diskFreeMb: 5_000,
  });
  assert.equal(reason, "models");
  assert.match(sentence!, /more than the 4\.9 GiB that are free here/);
  const classes = new Set(FULL.nodeClasses);
  classes.delete("EmptySD3LatentImage");
  assert.deepEqual(why("flux-image@low", { comfyui: { ...FULL, nodeClasses: classes } }), [
    "nodes",
    "FLUX image at Low needs the ComfyUI nodes EmptySD3LatentImage: update ComfyUI, or install the pack they come from.",
  ]);
});

Deno.test("cards draw no animatics, the CPU slot makes no FLUX, and a missing tool is named", () => {
  assert.equal(why("animatic@low", {})[0], "tools");
  const cpu: Partial<SlotFacts> = { name: "CPU", vramMb: 0, builtin: true };
  assert.ok(abilities(runners, { ...CARD, ...cpu }).capabilities.includes("animatic@high"));
  assert.deepEqual(why("flux-image@low", cpu), [
    "vram",
    "FLUX image at Low needs 10 GiB of GPU memory; this ComfyUI runs on the CPU.",
  ]);
  assert.deepEqual(why("animatic@low", { ...cpu, noBuiltin: "ffmpeg is not installed." }), [
    "tools",
    "Animatic at Low can't run: ffmpeg is not installed.",
  ]);
});

Deno.test("a model in a folder of its own is found, on Windows too, and named as ComfyUI lists it", () => {
  const at = (...files: string[]) =>
    listedName({ folder: "vae", file: "ae.safetensors" }, { ...FULL, models: new Map([["vae", files]]) });
  assert.equal(at("flux/ae.safetensors"), "flux/ae.safetensors");
  assert.equal(at("flux\\ae.safetensors"), "flux\\ae.safetensors");
  assert.equal(at("old/ae.safetensors", "ae.safetensors"), "ae.safetensors");
  assert.equal(at("sae.safetensors"), null);
});

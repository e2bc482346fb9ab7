import { join } from "@std/path";

/** A runner of its owner's, installed in an agent's folder, with one model file. */
export async function installTinyRunner(
  dataDir: string,
  model: { url: string; size: number; sha256: string; licence?: string },
): Promise<void> {
  const folder = join(dataDir, "runners", "tiny");
  await Deno.mkdir(folder, { recursive: true });
  const models = [{
    folder: "vae",
    file: "tiny.bin",
    licence: "Tiny Licence 1.0",
    commercial: true,
    ...model,
  }];
  await Deno.writeTextFile(
    join(folder, "runner.json"),
    JSON.stringify({
      schema: 1,
      id: "tiny",
      version: "1.0.0",
      title: "Tiny",
      description: "",
      serves: ["shot"],
      output: "image",
      engine: "comfyui",
      inputs: [],
      tiers: {
        low: {
          vram_mb: 0,
          ram_mb: 0,
          disk_mb: 0,
          workflow: "low.workflow.json",
          output_node: "save",
          models,
        },
      },
    }),
  );
  const workflow = { save: { class_type: "SaveImage", inputs: {} } };
  await Deno.writeTextFile(join(folder, "low.workflow.json"), JSON.stringify(workflow));
}

import { dirname, join } from "@std/path";
import { type TestComfyOptions, TestComfyUi } from "../../comfyui/testing/server.ts";
import type { ObjectInfo } from "../../comfyui/validate.ts";
import type { Runner } from "../../../shared/runners/check.ts";
import { loadRunners } from "../load.ts";

/** The agent's own runners, read from their folders. */
export const RUNNERS_DIR = dirname(import.meta.dirname!);

/** Recorded on ComfyUI 0.3.64, cut down to the classes that the runners use. */
export async function recordedObjectInfo(): Promise<ObjectInfo> {
  return JSON.parse(await Deno.readTextFile(join(RUNNERS_DIR, "testing", "object_info.json")));
}

/** A server with every node and every model that the runners name. */
export async function openFullComfyUi(options: Partial<TestComfyOptions> = {}): Promise<TestComfyUi> {
  const { runners } = await loadRunners(RUNNERS_DIR);
  return new TestComfyUi({ objectInfo: await recordedObjectInfo(), models: modelsOf(runners), ...options });
}

export function modelsOf(runners: readonly Runner[]): Record<string, string[]> {
  const models: Record<string, string[]> = {};
  for (const { manifest } of runners) {
    for (const { folder, file } of Object.values(manifest.tiers).flatMap((tier) => tier.models)) {
      const files = models[folder] ??= [];
      if (!files.includes(file)) files.push(file);
    }
  }
  return models;
}

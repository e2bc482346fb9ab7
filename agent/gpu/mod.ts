import { release, totalmem } from "node:os";
import { diskFreeMb } from "../lease/disk.ts";
import { parseComfyUiStats } from "./comfyui_stats.ts";
import type { Gpu, Hardware } from "./hardware.ts";
import { NVIDIA_ARGS, parseNvidia } from "./nvidia.ts";
import { parseRocm, ROCM_ARGS } from "./rocm.ts";

/**
 * What this machine has, asked of the driver's own tool first: nvidia-smi, then rocm-smi, then ComfyUI. A tool that is
 * missing says nothing; one that fails says why in `remarks`.
 */
export async function detectHardware(
  options: { dataDir: string; comfyui: string | null; signal?: AbortSignal },
): Promise<Hardware> {
  const [cards, free] = await Promise.all([detectCards(options), diskFreeMb(options.dataDir)]);
  if (free === null) {
    cards.remarks.push(
      `The system does not tell how much disk is free at ${options.dataDir}; 100 GiB are assumed.`,
    );
  }
  return {
    ...cards,
    ramMb: Math.floor(totalmem() / (1024 * 1024)),
    diskFreeMb: free ?? 100 * 1024,
    os: `${Deno.build.os} ${Deno.build.arch} ${release()}`.slice(0, 60),
  };
}

async function detectCards(
  options: { comfyui: string | null; signal?: AbortSignal },
): Promise<{ gpus: Gpu[]; driver: string | null; remarks: string[] }> {
  const remarks: string[] = [];
  for (
    const [tool, args, parse] of [["nvidia-smi", NVIDIA_ARGS, parseNvidia], [
      "rocm-smi",
      ROCM_ARGS,
      parseRocm,
    ]] as const
  ) {
    const text = await outputOf(tool, args, options.signal);
    if (text === null) continue;
    const found = parse(text);
    remarks.push(...found.remarks);
    if (found.gpus.length > 0) return { gpus: found.gpus, driver: found.driver, remarks };
  }
  const stats = options.comfyui ? await fetchJson(`${options.comfyui}/system_stats`, options.signal) : null;
  if (stats === null) return { gpus: [], driver: null, remarks };
  const found = parseComfyUiStats(stats);
  return { gpus: found.gpus, driver: null, remarks: [...remarks, ...found.remarks] };
}

/** Both streams: nvidia-smi prints its complaints on stdout, rocm-smi on stderr. null when there is no such tool. */
async function outputOf(tool: string, args: readonly string[], signal?: AbortSignal): Promise<string | null> {
  const limit = AbortSignal.timeout(15_000);
  try {
    const { success, stdout, stderr } = await new Deno.Command(tool, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return success ? decode(stdout) : decode(stdout) + decode(stderr);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return null;
    return `${tool} could not be run: ${(error as Error).message}`;
  }
}

async function fetchJson(url: string, signal?: AbortSignal): Promise<unknown> {
  const limit = AbortSignal.timeout(5_000);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (response.ok) return await response.json();
    await response.body?.cancel();
    return null;
  } catch {
    return null;
  }
}

import type { ComfyClient } from "../comfyui/client.ts";

/** What a card took for one piece of work. null: not told. */
export interface Measured {
  /** MiB, of the whole card: what must be free for it to happen again. */
  peakVramMb: number | null;
  /** Watt hours of the card alone. */
  energyWh: number | null;
}

export interface Measurement {
  stop(): Promise<Measured>;
}

interface Sample {
  /** Milliseconds. */
  at: number;
  usedMb: number | null;
  watts: number | null;
}

/** Milliseconds between two looks. A peak of a sampler lasts seconds, model loading longer. */
const NVIDIA_MS = 500;
const COMFYUI_MS = 2_000;
/** Two samples further apart than this say nothing of the time between. */
const GAP_MS = 10_000;

export function measureArgs(gpu: number): string[] {
  return [
    `--id=${gpu}`,
    "--query-gpu=memory.used,power.draw",
    "--format=csv,noheader,nounits",
    `--loop-ms=${NVIDIA_MS}`,
  ];
}

/** Watches a card from now on: by its driver's tool, else by what ComfyUI says of its memory. Never in the way of the work. */
export function measureCard(gpu: number | null, client: Pick<ComfyClient, "systemStats">): Measurement {
  const samples: Sample[] = [];
  const end = new AbortController();
  const watching = (async () => {
    if (gpu !== null && await watchNvidia(gpu, samples, end.signal)) return;
    await watchComfyUi(client, samples, end.signal);
  })().catch(() => {});
  return {
    async stop() {
      end.abort();
      await watching;
      return summarise(samples);
    },
  };
}

/** The highest memory, and the power over the time. */
export function summarise(samples: readonly Sample[]): Measured {
  const used = samples.flatMap(({ usedMb }) => usedMb ?? []);
  let wattMs = 0;
  let told = false;
  for (const [index, { at, watts }] of samples.entries()) {
    const before = samples[index - 1];
    if (!before || watts === null || before.watts === null || at - before.at > GAP_MS) continue;
    wattMs += (watts + before.watts) / 2 * (at - before.at);
    told = true;
  }
  return {
    peakVramMb: used.length ? Math.round(Math.max(...used)) : null,
    energyWh: told ? Math.round(wattMs / 3_600_000 * 1000) / 1000 : null,
  };
}

/** "12345, 250.31"; `[N/A]` where the board does not tell. null for a line that is none. */
export function parseMeasure(line: string): Pick<Sample, "usedMb" | "watts"> | null {
  const fields = line.split(",").map((field) => field.trim());
  if (fields.length !== 2) return null;
  const [usedMb, watts] = fields.map((field) =>
    field !== "" && Number.isFinite(Number(field)) ? Number(field) : null
  );
  return usedMb === null && watts === null ? null : { usedMb: usedMb!, watts: watts! };
}

/** False when the driver has no such tool, or it told nothing. */
async function watchNvidia(gpu: number, samples: Sample[], signal: AbortSignal): Promise<boolean> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("nvidia-smi", {
      args: measureArgs(gpu),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return false;
  }
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  signal.addEventListener("abort", kill);
  if (signal.aborted) kill();
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop()!.slice(-1000);
    for (const line of lines) {
      const sample = parseMeasure(line);
      if (sample) samples.push({ at: performance.now(), ...sample });
    }
  }
  await child.status;
  signal.removeEventListener("abort", kill);
  return signal.aborted || samples.length > 0;
}

async function watchComfyUi(
  client: Pick<ComfyClient, "systemStats">,
  samples: Sample[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const stats = await client.systemStats({ signal, timeoutMs: 5_000 }).catch(() => null);
    const device = stats?.devices[0];
    if (device && device.type !== "cpu" && device.type !== "mps") {
      const usedMb = (device.vram_total - device.vram_free) / 1024 ** 2;
      samples.push({ at: performance.now(), usedMb, watts: null });
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, COMFYUI_MS);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}

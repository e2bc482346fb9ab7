import { LOAD_ARGS, type OthersUse, othersUse, parseLoad, parsePmon, PMON_ARGS } from "./usage.ts";

/** No driver's tool at all: not asked again by this process. */
let missing = false;

/** What programs of others use of the cards now; null where no tool tells (no NVIDIA driver). */
export async function lookAtOthers(
  ours: Parameters<typeof othersUse>[1],
  signal: AbortSignal,
): Promise<OthersUse | null> {
  if (missing) return null;
  const [pmon, load] = await Promise.all([ask(PMON_ARGS, signal), ask(LOAD_ARGS, signal)]);
  if (pmon === null && load === null) return null;
  return othersUse({ processes: parsePmon(pmon ?? ""), load: parseLoad(load ?? "") }, ours);
}

async function ask(args: string[], signal: AbortSignal): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("nvidia-smi", {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
    }).output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch (error) {
    missing ||= error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
    return null;
  }
}

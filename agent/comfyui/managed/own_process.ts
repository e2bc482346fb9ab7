import { pause } from "../../lease/backoff.ts";
import { flagsFor, knownFlags } from "./flags.ts";
import type { Program } from "./program.ts";

/** Milliseconds between SIGTERM and SIGKILL. */
const STOP_MS = 5_000;

const NO_CARD = /Found no NVIDIA driver|not compiled with CUDA enabled|No (?:CUDA|HIP) GPUs are available/i;

export interface OwnComfyUi {
  /** Where ComfyUI's main.py lies, and the Python that runs it: absolute paths. */
  folder: string;
  python: string;
  /** Where it shall listen: `http://127.0.0.1:8189` */
  url: string;
}

/** The owner's ComfyUI as a process of this machine. What flags it knows is asked once. */
export function ownComfyUi(own: OwnComfyUi): Program {
  let known: ReadonlySet<string> | null = null;
  let onCpu = false;
  return {
    name: "ComfyUI",
    mayUseAnother: true,
    async start() {
      known ??= knownFlags(await help(own));
      const flags = flagsFor(known, Number(new URL(own.url).port || 80), { onCpu });
      const process = new Deno.Command(own.python, {
        args: ["main.py", ...flags],
        cwd: own.folder,
        env: { PYTHONUNBUFFERED: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      return { process, stop: (hangs) => endProcess(process, hangs ? 0 : STOP_MS) };
    },
    // Its PyTorch is made for a card that this machine lacks: it says so and ends, unless it is told.
    ended: (why) => void (onCpu ||= NO_CARD.test(why)),
  };
}

/** Rejects with what Python said when it cannot even do that. */
async function help({ python, folder }: OwnComfyUi): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: ["main.py", "--help"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1)?.slice(0, 300);
  throw new Error(`"${python} main.py --help" fails: ${said || "without a word"}`);
}

/** SIGTERM, and after `hardMs` SIGKILL; resolves when it has ended. */
export async function endProcess(process: Deno.ChildProcess, hardMs: number): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      process.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  const over = new AbortController();
  kill("SIGTERM");
  const hard = pause(hardMs, over.signal).then(() => kill("SIGKILL"), () => {});
  await process.status;
  over.abort();
  await hard;
}

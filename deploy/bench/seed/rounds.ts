import { join } from "@std/path";
import { freePort } from "../../testing/free_port.ts";
import { busy } from "./memory.ts";
import type { Plan, Round } from "./load.ts";
import type { Stack } from "./stack.ts";

/** Seconds that one round may take on a slow machine. */
const LIMIT_S = 240;

/** What a plan says beside the stack that it is for. */
export type Asked =
  | { kind: "submit"; askers: number; calls: number; films: number }
  | { kind: "click"; clicks: number; warm: number }
  | { kind: "watch"; sockets: number };

export interface Measured extends Round {
  /** Processor seconds of the stack's API, and of what stands beside it. */
  api: number;
  beside: number;
}

/**
 * One round of the load client, in a process of its own, at a stack; with a worker where the plan needs one. `looking` is called
 * when all is measured and the client's sockets are still open.
 */
export async function playRound(
  stack: Stack,
  asked: Asked,
  looking: (worker: number[]) => Promise<void> = () => Promise.resolve(),
): Promise<Measured> {
  await using opened = new AsyncDisposableStack();
  const stamps = freePort();
  const worker = asked.kind === "submit" ? null : opened.use(await stack.openWorker(stamps));
  const used = async () => [await busy(await stack.api()), await busy(await stack.beside())] as const;
  const before = await used();
  const plan = { ...asked, stamps, target: stack.target } as Plan;
  const load = opened.use(startLoad(plan));
  const round = JSON.parse(await load.line) as Round;
  const after = await used();
  await looking(worker ? await worker.pids() : []);
  return { ...round, api: after[0] - before[0], beside: after[1] - before[1] };
}

/** Its first line; disposing lets it close its sockets and end. */
function startLoad(plan: Plan): AsyncDisposable & { line: Promise<string> } {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--allow-net=127.0.0.1", "--allow-env", join(import.meta.dirname!, "load.ts")],
      JSON.stringify(plan),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_S * 1000);
  const said = new Response(child.stderr).text();
  return {
    line: firstLine(child.stdout, said),
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await child.stdin.close().catch(() => {});
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.status;
      clearTimeout(late);
      await said;
    },
  };
}

async function firstLine(
  out: ReadableStream<Uint8Array<ArrayBuffer>>,
  said: Promise<string>,
): Promise<string> {
  let text = "";
  const reader = out.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The load client ended before it was through: ${(await said).trim()}`);
    text += value;
    if (text.includes("\n")) break;
  }
  void reader.cancel().catch(() => {});
  return text.slice(0, text.indexOf("\n"));
}

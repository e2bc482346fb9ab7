import { join } from "@std/path";
import { TextLineStream } from "./lines.ts";

/** The gateway as a process of its own, with the permissions of `deno task gateway`. */
export interface Program extends AsyncDisposable {
  pid: number;
  /** What it calls itself, once it is open. */
  url: string;
  /** The one-time link it printed; null when it printed none. */
  link: string | null;
  lines: string[];
  signal(signal: Deno.Signal): void;
  /** Exit code, when it has ended. */
  ended: Promise<Deno.CommandStatus>;
}

const ROOT = join(import.meta.dirname!, "..", "..");

/** Starts it and waits until it is open; rejects with what it said when it ends before. */
export async function startProgram(environment: Record<string, string>): Promise<Program> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const [, ...flags] = (tasks.gateway.command as string).replace(/ gateway\/main\.ts$/, "").split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, "--no-check", join(ROOT, "gateway", "main.ts")],
    cwd: ROOT,
    env: { PORT: "0", ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  const open = Promise.withResolvers<string>();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const line of stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
      lines.push(line);
      if (line.includes('"The studio is open"')) open.resolve(JSON.parse(line).url);
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const ended = child.status.then(async (status) => {
    await reading;
    open.reject(new Error(`The gateway ended with ${status.code}:\n${lines.join("\n")}`));
    return status;
  });
  const url = await open.promise;
  return {
    pid: child.pid,
    url,
    get link() {
      return lines.find((line) => line.includes("/enter?token="))?.trim() ?? null;
    },
    lines,
    signal: (signal) => child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await ended;
    },
  };
}

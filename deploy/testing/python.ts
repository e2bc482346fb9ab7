import { delimiter, join } from "@std/path";

export type PythonFound = { python: string } | { missing: string };

export interface PythonWanted {
  /** Its folder's name in the user's cache; another for other versions. */
  folder: string;
  /** What it is for, for people. */
  name: string;
  /** Lays what it needs beside it. Null when it went well, else why not. */
  install: (python: string, folder: string) => Promise<string | null>;
}

/** A Python with packages from PyPI, installed once into a folder of its own in the user's cache; else why not. */
export async function findPython({ folder: own, name: what, install }: PythonWanted): Promise<PythonFound> {
  const folder = join(cacheFolder(), own);
  const [bin, name] = Deno.build.os === "windows" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const python = join(folder, bin, name);
  // Written last: a folder without it was left by a run that was killed.
  const ready = join(folder, "ready");
  if (await exists(ready)) return { python };
  const system = await onPath("python3") ?? await onPath("python");
  if (!system) return { missing: `there is no Python 3 to run ${what} with` };
  await Deno.mkdir(folder, { recursive: true });
  // Test files run side by side: one installs, the others wait for it.
  using lock = await Deno.open(join(folder, "install.lock"), { create: true, write: true });
  await lock.lock(true);
  if (await exists(ready)) return { python };
  console.error(`Installing ${what} for the tests, once, into ${folder}`);
  const made = await runPython(system, ["-m", "venv", folder]);
  if (made !== null) return { missing: `Python has no virtual environments (python3-venv): ${made}` };
  const failed = await install(python, folder);
  if (failed !== null) return { missing: `${what} could not be installed from PyPI: ${failed}` };
  await Deno.writeTextFile(ready, what);
  return { python };
}

/** `pip install` of these packages; null when it went well, else its last line. */
export function pipInstall(
  python: string,
  packages: readonly string[],
  more: readonly string[] = [],
): Promise<string | null> {
  return runPython(python, ["-m", "pip", "install", ...PIP, ...more, ...packages]);
}

export const PIP = ["--quiet", "--disable-pip-version-check", "--retries", "1"] as const;

/** Null when it went well, else its last line. */
export async function runPython(program: string, args: string[]): Promise<string | null> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(120_000),
  }).output();
  if (success) return null;
  const text = new TextDecoder();
  return (text.decode(stderr) || text.decode(stdout)).trim().split("\n").at(-1) || "it gave no reason";
}

/** Runs a program of Python on what it is given; what it prints. */
export async function askPython(python: string, args: string[], given: string): Promise<string> {
  const child = new Deno.Command(python, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(given));
  await writer.close();
  const { success, stdout, stderr } = await output;
  const text = new TextDecoder();
  if (!success) throw new Error(`Python cannot read this list:\n${text.decode(stderr)}\n${given}`);
  return text.decode(stdout);
}

function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    (home ? join(home, ".cache") : join(Deno.cwd(), "node_modules"));
  return join(cache, "generative-media-studio");
}

async function onPath(name: string): Promise<string | null> {
  const file = Deno.build.os === "windows" ? `${name}.exe` : name;
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    if (folder && await exists(join(folder, file))) return join(folder, file);
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

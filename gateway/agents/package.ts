import { createHash } from "node:crypto";
import { join, posix } from "@std/path";
import { gzipSync } from "fflate";
import { z } from "zod";
import { packageDigest, VERSION_FILE } from "../../shared/agents/package.ts";
import { tar, type TarFile } from "./tar.ts";

export interface AgentPackage {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
  /** Which version it is (shared/agents/package.ts). */
  digest: string;
}

/** Its files, by the folder they come from; and the archives that somebody has asked for. */
const read = new Map<string, Promise<{ files: TarFile[]; digest: string }>>();
const packed = new Map<string, Promise<AgentPackage>>();
/** What is known already of which version lies in a folder. */
const digests = new Map<string, string>();

/**
 * The agent as a tar.gz: what a machine without the repository needs to run it, and nothing else. `root` holds agent/ and shared/;
 * it is read once.
 */
export function agentPackage(root: string): Promise<AgentPackage> {
  return once(packed, root, pack);
}

/** Which version lies there, once that is known: heartbeats do not wait for it. */
export function agentDigest(root: string): string | null {
  void once(read, root, readAgent).then(({ digest }) => digests.set(root, digest), () => {});
  return digests.get(root) ?? null;
}

/** What failed is tried again by whoever asks next. */
function once<T>(
  known: Map<string, Promise<T>>,
  root: string,
  make: (root: string) => Promise<T>,
): Promise<T> {
  let found = known.get(root);
  if (!found) {
    known.set(root, found = make(root));
    found.catch(() => known.delete(root));
  }
  return found;
}

async function pack(root: string): Promise<AgentPackage> {
  const { files, digest } = await once(read, root, readAgent);
  const version = { path: VERSION_FILE, bytes: new TextEncoder().encode(JSON.stringify({ digest }) + "\n") };
  const ordered = [...files, version].toSorted((a, b) => a.path < b.path ? -1 : 1);
  const bytes = gzipSync(tar(ordered), { level: 9, mtime: 0 });
  return {
    bytes: bytes as Uint8Array<ArrayBuffer>,
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    digest,
  };
}

async function readAgent(root: string): Promise<{ files: TarFile[]; digest: string }> {
  // A script of the agent's page may be imported, too: no file is there twice.
  const found = [...await codeFrom(root, ENTRIES), ...await filesBelow(root, "agent")];
  const code = [...new Map(found.map((file) => [file.path, file])).values()];
  const used = specifiersOf(code);
  const imports = await importsOf(root, used);
  const files = [
    // What a person starts lies at the top.
    ...code.map(({ path, bytes }) => ({ path: path.replace(/^agent\/(?=agent\.(?:sh|cmd)$)/, ""), bytes })),
    json("deno.json", { ...await denoJson(root), importMap: "./import_map.json", nodeModulesDir: "none" }),
    json("import_map.json", { imports }),
    json("deno.lock", await lockOf(root, Object.values(imports).filter((each) => each.startsWith("npm:")))),
  ].map(({ path, bytes }) => ({ path, bytes: new Uint8Array(bytes) }));
  return { files, digest: await packageDigest(files) };
}

/** The launcher, and what it starts. */
const ENTRIES = ["agent/launch.ts", "agent/main.ts", "agent/models/main.ts", "agent/update/main.ts"];

/** The programs that are reached from there by their imports. */
async function codeFrom(root: string, entries: readonly string[]): Promise<TarFile[]> {
  const files = new Map<string, TarFile>();
  const add = async (path: string): Promise<void> => {
    if (files.has(path)) return;
    const file = { path, bytes: await Deno.readFile(join(root, path)) };
    files.set(path, file);
    for (const from of importsIn(file)) {
      if (from.startsWith(".")) await add(posix.join(posix.dirname(path), from));
    }
  };
  for (const entry of entries) await add(entry);
  return [...files.values()];
}

/** What lies beside the programs: runners, explanations, how to start. */
async function filesBelow(root: string, folder: string): Promise<TarFile[]> {
  const files: TarFile[] = [];
  for await (const entry of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "testing") files.push(...await filesBelow(root, path));
    if (entry.isFile && /^[^.].*\.(?:json|md|sh|cmd|html|css|js|py|txt)$|^Dockerfile$/.test(entry.name)) {
      files.push({ path, bytes: await Deno.readFile(join(root, path)) });
    }
  }
  return files;
}

function importsIn({ path, bytes }: TarFile): string[] {
  if (!path.endsWith(".ts")) return [];
  const text = new TextDecoder().decode(bytes);
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, from]) => from!);
}

/** What the code imports that is neither a file of its own nor Node's. */
function specifiersOf(code: readonly TarFile[]): Set<string> {
  const used = new Set<string>();
  for (const from of code.flatMap(importsIn)) {
    if (!from.startsWith(".") && !from.startsWith("node:")) used.add(from);
  }
  return used;
}

async function importsOf(root: string, used: ReadonlySet<string>): Promise<Record<string, string>> {
  const { imports } = z.object({ imports: z.record(z.string(), z.string()) }).parse(
    await readJson(root, "import_map.json"),
  );
  return Object.fromEntries(
    [...used].toSorted().map((name) => {
      const target = imports[name];
      if (!target) throw new Error(`The agent imports ${name}, which import_map.json does not name`);
      return [name, target];
    }),
  );
}

/** Of the repository's settings those that decide how the agent's code runs. */
async function denoJson(root: string): Promise<Record<string, unknown>> {
  const { unstable, tasks } = z.object({
    unstable: z.array(z.string()),
    tasks: z.object({ agent: z.object({ command: z.string() }) }),
  }).parse(await readJson(root, "deno.json"));
  return { unstable, tasks: { agent: tasks.agent.command } };
}

const Lock = z.object({
  version: z.string(),
  specifiers: z.record(z.string(), z.string()),
  npm: z.record(
    z.string(),
    z.looseObject({
      dependencies: z.array(z.string()).optional(),
      optionalDependencies: z.array(z.string()).optional(),
    }),
  ),
});

/** The lock of just these packages and what they need: the donor's machine gets the very bytes that were tested here. */
async function lockOf(root: string, packages: readonly string[]): Promise<unknown> {
  const lock = Lock.parse(await readJson(root, "deno.lock"));
  const specifiers = Object.fromEntries(packages.map((name) => [name, lock.specifiers[name]]));
  const npm: z.infer<typeof Lock>["npm"] = {};
  const keep = (name: string) => {
    // A dependency is named without its version where there is one version of it.
    const key = lock.npm[name] ? name : Object.keys(lock.npm).find((each) => each.startsWith(`${name}@`));
    if (!key || npm[key]) return;
    const entry = npm[key] = lock.npm[key]!;
    for (const each of [...entry.dependencies ?? [], ...entry.optionalDependencies ?? []]) keep(each);
  };
  for (const name of packages) keep(`${name.slice(4, name.lastIndexOf("@"))}@${lock.specifiers[name]}`);
  return { version: lock.version, specifiers, npm, workspace: { dependencies: packages } };
}

function json(path: string, value: unknown): TarFile {
  return { path, bytes: new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n") };
}

async function readJson(root: string, path: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(join(root, path)));
}

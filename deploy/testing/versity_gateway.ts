import { delimiter, join } from "@std/path";

/** https://github.com/versity/versitygw, Apache-2.0. This release refuses wrong bytes under a presigned URL. */
const MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";
const NAME = Deno.build.os === "windows" ? "versitygw.exe" : "versitygw";

/** Why the tests against a real S3 server cannot run on this machine; null when they can. */
export async function bucketMissing(): Promise<string | null> {
  if (await onPath(NAME) || await exists(join(cacheFolder(), NAME)) || await findGo()) return null;
  return "the S3 tests need `versitygw` on the PATH, or Go (https://go.dev/dl) to build it";
}

/** The S3 server's program: the one on the PATH, or built once with Go into the user's cache folder. */
export async function findVersityGateway(): Promise<string> {
  const given = await onPath(NAME);
  if (given) return given;
  const built = join(cacheFolder(), NAME);
  if (await exists(built)) return built;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  // Test files run side by side: one builds, the others wait for it.
  using lock = await Deno.open(join(cacheFolder(), "build.lock"), { create: true, write: true });
  await lock.lock(true);
  if (!await exists(built)) await build(built);
  return built;
}

async function build(target: string): Promise<void> {
  const go = await findGo();
  if (!go) throw new Error(`Cannot build ${MODULE}: ${await bucketMissing()}`);
  console.error(`Building the S3 server for the tests (${MODULE}), once, into ${target}`);
  const folder = await Deno.makeTempDir({ dir: cacheFolder() });
  try {
    const { success, stderr } = await new Deno.Command(go, {
      args: ["install", MODULE],
      env: { GOBIN: folder, GOFLAGS: "-trimpath", CGO_ENABLED: "0" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new Error(`Cannot build ${MODULE}:\n${new TextDecoder().decode(stderr).slice(-2000)}`);
    }
    await Deno.rename(join(folder, NAME), target);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    (home ? join(home, ".cache") : join(Deno.cwd(), "node_modules"));
  return join(cache, "generative-media-studio", MODULE.slice(MODULE.lastIndexOf("@") + 1));
}

async function findGo(): Promise<string | null> {
  const name = Deno.build.os === "windows" ? "go.exe" : "go";
  const usual = join("/usr/local/go/bin", name);
  return await onPath(name) ?? (await exists(usual) ? usual : null);
}

async function onPath(name: string): Promise<string | null> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    if (folder && await exists(join(folder, name))) return join(folder, name);
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

import { delimiter, join } from "@std/path";

/** A program that tests need and that exists as Go source only. */
export interface GoProgram {
  name: string;
  /** `<package>@<version>`, as `go install` takes it. */
  module: string;
}

/** https://github.com/versity/versitygw, Apache-2.0. This release refuses wrong bytes under a presigned URL. */
export const VERSITY_GATEWAY: GoProgram = {
  name: "versitygw",
  module: "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
};

/** The git-lfs project's own test for servers. */
export const GIT_LFS_SERVER_TEST: GoProgram = {
  name: "git-lfs-test-server-api",
  module: "github.com/git-lfs/git-lfs/v3/t/git-lfs-test-server-api@v3.7.1",
};

export type Found = { path: string } | { missing: string };

const found = new Map<string, Promise<Found>>();

/** The program on the PATH, or built once with Go into the user's cache folder; else why it cannot be had here. */
export function findGoProgram(program: GoProgram): Promise<Found> {
  if (!found.has(program.module)) found.set(program.module, find(program));
  return found.get(program.module)!;
}

async function find({ name, module }: GoProgram): Promise<Found> {
  const file = Deno.build.os === "windows" ? `${name}.exe` : name;
  const given = await onPath(file);
  if (given) return { path: given };
  const folder = join(cacheFolder(), `${name}-${module.slice(module.lastIndexOf("@") + 1)}`);
  const path = join(folder, file);
  if (await exists(path)) return { path };
  const go = await findGo();
  if (!go) {
    return { missing: `\`${name}\` is not on the PATH, and there is no Go (https://go.dev/dl) to build it` };
  }
  await Deno.mkdir(folder, { recursive: true });
  // Test files run side by side: one builds, the others wait for it.
  using lock = await Deno.open(join(folder, "build.lock"), { create: true, write: true });
  await lock.lock(true);
  if (await exists(path)) return { path };
  return await build(go, module, folder, file);
}

async function build(go: string, module: string, folder: string, file: string): Promise<Found> {
  console.error(`Building ${module} for the tests, once, into ${folder}`);
  const work = await Deno.makeTempDir({ dir: folder });
  try {
    const { success, stderr } = await new Deno.Command(go, {
      args: ["install", "-trimpath", module],
      // Sources and build cache go away with the folder: a gigabyte that nobody needs twice. Writable, so that they can.
      env: {
        GOBIN: join(work, "bin"),
        GOPATH: join(work, "path"),
        GOMODCACHE: join(work, "modules"),
        GOCACHE: join(work, "cache"),
        GOFLAGS: "-modcacherw",
        CGO_ENABLED: "0",
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      const why = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" ");
      return { missing: `${module} could not be built: ${why}` };
    }
    const path = join(folder, file);
    await Deno.rename(join(work, "bin", file), path);
    return { path };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    (home ? join(home, ".cache") : join(Deno.cwd(), "node_modules"));
  return join(cache, "generative-media-studio");
}

async function findGo(): Promise<string | null> {
  const file = Deno.build.os === "windows" ? "go.exe" : "go";
  // Where Go's own installer puts it, on the PATH or not.
  const usual = join("/usr/local/go/bin", file);
  return await onPath(file) ?? (await exists(usual) ? usual : null);
}

async function onPath(file: string): Promise<string | null> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    if (folder && await exists(join(folder, file))) return join(folder, file);
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

import { join } from "@std/path";
import { ask } from "../tool.ts";
import type { Tool } from "../config.ts";
import { film } from "./film.ts";

/** An image of the test's model in a container of this machine, or why none can be had. */
export type Ground = { tool: Tool; image: string; folder: string } & AsyncDisposable | string;

/** The system's own: an image is made of it, as no registry need be reached. */
const PYTHON = "/usr/bin/python3";
const BASE = "localhost/studio-test-base:1";
const IMAGE = "localhost/studio-test-adapter:1";

/**
 * Looks for a podman that can run a container here and builds the adapter's image, from this machine's own files. It gets a store of
 * its own, so that nothing of it stays. A machine whose limits are below podman's defaults, or whose control groups crun does not know,
 * has both said in the configuration that it is given: that is the machine's affair, not the agent's.
 */
export async function openGround(): Promise<Ground> {
  if (Deno.build.os !== "linux") return "containers are tested on Linux";
  const version = await ask("podman", ["--version"]).catch((error: Error) => error.message);
  if (!version.startsWith("podman version")) return version;
  if (!await isThere(PYTHON)) return `there is no ${PYTHON} to make an image of`;
  const folder = await Deno.makeTempDir({ prefix: "podman-" });
  const before = new Map(
    ["CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"].map((name) => [name, Deno.env.get(name)]),
  );
  const close = async () => {
    await ask("podman", ["system", "reset", "--force"]).catch(() => {});
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  };
  let why = "";
  // Not every file system can be stacked; copying works on all, and takes longer.
  for (const driver of ["overlay", "vfs"]) {
    await configure(folder, driver);
    try {
      await build(folder);
      // Whether this machine lets it run at all.
      await ask("podman", ["run", "--rm", "--network", "none", "--memory", "256m", BASE, PYTHON, "-c", "0"]);
      return { tool: "podman", image: IMAGE, folder, [Symbol.asyncDispose]: close };
    } catch (error) {
      why = (error as Error).message;
    }
  }
  await close();
  return `podman does not run containers here: ${why}`;
}

async function configure(folder: string, driver: string): Promise<void> {
  const runc = await isThere("/usr/sbin/runc") || await isThere("/usr/bin/runc");
  await Deno.writeTextFile(
    join(folder, "containers.conf"),
    `[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n` +
      `[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n${runc ? 'runtime = "runc"\n' : ""}`,
  );
  await Deno.writeTextFile(
    join(folder, "storage.conf"),
    `[storage]\ndriver = "${driver}"\ngraphroot = "${join(folder, driver)}"\nrunroot = "${
      join(folder, "run")
    }"\n`,
  );
  Deno.env.set("CONTAINERS_CONF", join(folder, "containers.conf"));
  Deno.env.set("CONTAINERS_STORAGE_CONF", join(folder, "storage.conf"));
}

async function build(folder: string): Promise<void> {
  const tar = join(folder, "base.tar");
  await run("tar", ["--create", "--dereference", "--absolute-names", "--file", tar, ...await pythonsFiles()]);
  await ask("podman", ["import", tar, BASE], 300_000);
  await Deno.remove(tar);
  const context = join(folder, "context");
  await Deno.mkdir(join(context, "adapter"), { recursive: true });
  const here = import.meta.dirname!;
  await Deno.copyFile(join(here, "model.py"), join(context, "model.py"));
  const adapter = join(here, "..", "flexiact", "adapter");
  for await (const { name } of Deno.readDir(adapter)) {
    if (name.endsWith(".py")) await Deno.copyFile(join(adapter, name), join(context, "adapter", name));
  }
  await film(join(context, "film.mp4"));
  await Deno.writeTextFile(
    join(context, "Dockerfile"),
    `FROM ${BASE}\nCOPY . /studio\nENV PYTHONUNBUFFERED=1\nENTRYPOINT ["${PYTHON}", "-B", "/studio/model.py"]\n`,
  );
  await ask("podman", ["build", "--tag", IMAGE, context], 300_000);
}

/** Python, its library without what is large and of no use here, and the shared objects that they load. */
async function pythonsFiles(): Promise<string[]> {
  const probe = "import sysconfig; print(sysconfig.get_path('stdlib'))";
  const library = await run(PYTHON, ["-c", probe]);
  const extensions: string[] = [];
  for await (const { name } of Deno.readDir(join(library, "lib-dynload"))) {
    if (name.endsWith(".so")) extensions.push(join(library, "lib-dynload", name));
  }
  const linked = await Promise.all([PYTHON, ...extensions].map((path) => run("ldd", [path]).catch(() => "")));
  const objects = linked.flatMap((text) => text.match(/\/[^\s)]+\.so[^\s)]*/g) ?? []);
  const parts: string[] = [];
  for await (const { name } of Deno.readDir(library)) {
    if (
      !/^(test|dist-packages|site-packages|idlelib|tkinter|__pycache__|config-.*|sitecustomize\.py)$/.test(
        name,
      )
    ) {
      parts.push(join(library, name));
    }
  }
  return [...new Set([PYTHON, ...objects, ...parts])];
}

async function run(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
  return new TextDecoder().decode(stdout).trim();
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

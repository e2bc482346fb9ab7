import { join } from "@std/path";
import { run } from "../../backup/run.ts";
import { onPath } from "../../setup/programs.ts";
import { freePort } from "../../testing/free_port.ts";
import { serve } from "../peer_process.ts";

/** Debian's packages of the server and of the libraries that only it needs. */
const PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];

/** How often Redis syncs what it was told. `always`: before it answers, as PostgreSQL before a commit. `everysec`: its default, up to a second is lost. */
export type Sync = "always" | "everysec";

export interface Redis extends AsyncDisposable {
  url: string;
  pid: number;
  sync(how: Sync): Promise<void>;
  /** Entries of a list. */
  length(list: string): Promise<number>;
}

/** A Redis with an append-only file in `folder`, on loopback; null, with a word, where there is none and none can be had. */
export async function openRedis(folder: string): Promise<Redis | null> {
  const found = await findRedis(folder);
  if (!found) return null;
  const port = freePort();
  const data = join(folder, "redis-data");
  await Deno.mkdir(data);
  const { pid, ended, [Symbol.asyncDispose]: end } = serve(found.program, [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", data],
    ...["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""],
  ], { cwd: folder, env: found.env });
  let said: string | null = null;
  void ended.then((text) => said = text);
  for (const deadline = Date.now() + 20_000;;) {
    try {
      await tell(port, "PING");
      break;
    } catch (error) {
      if (said !== null || Date.now() > deadline) {
        await end();
        throw new Error(`Redis does not answer: ${said ?? error}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    url: `redis://127.0.0.1:${port}/0`,
    pid,
    sync: async (how) => void await tell(port, `CONFIG SET appendfsync ${how}`),
    length: async (list) => Number((await tell(port, `LLEN ${list}`)).slice(1)),
    [Symbol.asyncDispose]: end,
  };
}

/** The machine's own, or the distribution's laid into a folder of the bench: nothing is installed. */
async function findRedis(
  folder: string,
): Promise<{ program: string; env: Record<string, string> } | null> {
  const installed = onPath("redis-server");
  if (installed) return { program: installed, env: {} };
  if (!onPath("apt-get") || !onPath("dpkg-deb")) {
    console.log(
      "No redis-server here, and no apt-get to fetch one; install Redis for the bench beside the seed's stack",
    );
    return null;
  }
  const laid = join(folder, "redis");
  await Deno.mkdir(laid);
  // As root apt hands the download to a user of its own, who must be let in.
  await Deno.chmod(folder, 0o755);
  await Deno.chmod(laid, 0o777);
  try {
    await run("apt-get", ["download", ...PACKAGES], { cwd: laid });
  } catch {
    await run("apt-get", ["update"]);
    await run("apt-get", ["download", ...PACKAGES], { cwd: laid });
  }
  for await (const { name } of Deno.readDir(laid)) {
    if (name.endsWith(".deb")) await run("dpkg-deb", ["-x", join(laid, name), join(laid, "root")]);
  }
  const libraries: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(laid, "root", "usr", "lib"))) {
    if (isDirectory) libraries.push(join(laid, "root", "usr", "lib", name));
  }
  return {
    program: join(laid, "root", "usr", "bin", "redis-server"),
    env: { LD_LIBRARY_PATH: libraries.join(":") },
  };
}

/** One command in Redis's inline form; its answer's line. Throws it when it is no yes and no number. */
async function tell(port: number, command: string): Promise<string> {
  using line = await Deno.connect({ hostname: "127.0.0.1", port });
  await line.write(new TextEncoder().encode(`${command}\r\n`));
  const answer = new Uint8Array(512);
  const size = await line.read(answer);
  const text = new TextDecoder().decode(answer.subarray(0, size ?? 0));
  if (!/^[+:]/.test(text)) throw new Error(`Redis answered ${command} with ${text.trim()}`);
  return text.trim();
}

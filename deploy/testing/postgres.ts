import { join } from "@std/path";
import { findPostgres } from "../setup/programs.ts";

/** A throw-away PostgreSQL server on loopback, which can be restarted; disposing stops it and removes its files. */
export interface TestServer extends AsyncDisposable {
  /** `postgres://…/postgres`, a superuser. */
  url: string;
  /** Stops (`immediate` is as a power cut) and starts it again on the same port and files. */
  restart(how: "fast" | "immediate"): Promise<void>;
}

/** @param options.settings Of the server: `name=value`. */
export async function startPostgres(
  options: { durable?: boolean; settings?: string[] } = {},
): Promise<TestServer> {
  const initdb = findPostgres("initdb");
  if (!initdb) throw new Error("Cannot start PostgreSQL: it is not installed; run `deno task setup --tests`");
  const folder = await Deno.makeTempDir({ prefix: "studio-postgres-" });
  const data = join(folder, "data");
  // A server refuses to run as root; Debian's package brings a user for it.
  const asUser = Deno.uid() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  if (asUser.length) await run(["chown", "postgres", folder]);
  await run([
    ...asUser,
    initdb,
    "-D",
    data,
    "--auth=trust",
    "--username=postgres",
    "--no-sync",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
  ]);
  const port = freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    "max_connections=400",
    ...options.settings ?? [],
  ];
  if (!options.durable) settings.push("fsync=off", "synchronous_commit=off", "full_page_writes=off");
  const control = findPostgres("pg_ctl")!;
  const start = () =>
    run([
      ...asUser,
      control,
      "start",
      "-D",
      data,
      "--wait",
      "--silent",
      "-l",
      join(folder, "log"),
      "-o",
      settings.map((each) => `-c ${each}`).join(" "),
    ]);
  const stop = (how: string) =>
    run([...asUser, control, "stop", "-D", data, "--wait", "--silent", "-m", how]);
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart(how) {
      await stop(how);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop("immediate");
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A port of loopback that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function run(command: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: "/",
    // A server that inherits a pipe would keep it open for ever.
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn().output();
  if (!success) {
    throw new Error(`Cannot run ${command.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

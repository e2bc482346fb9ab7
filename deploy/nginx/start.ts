import { join } from "@std/path";
import { onPath } from "../setup/programs.ts";
import { type Site, standalone } from "./nginx.ts";

export interface Nginx extends AsyncDisposable {
  url: string;
  /** One line for each request: `<status> <method> <path> <status of each gateway that was tried>`; a poll's is written when it is answered. */
  accessLog: string;
  /** What it complained of: dead gateways, mostly. */
  output(): string;
}

/** nginx on a port of loopback in front of these gateways (`host:port`), until it is disposed of. */
export async function startNginx(port: number, gateways: readonly string[]): Promise<Nginx> {
  const program = findNginx();
  if (!program) throw new Error("nginx is not installed; run `deno task setup --tests`");
  const folder = await Deno.makeTempDir({ prefix: "studio-nginx-" });
  const of: Site = { listen: `127.0.0.1:${port}`, name: "_", gateways };
  const file = join(folder, "nginx.conf");
  await Deno.writeTextFile(file, standalone(of, folder));
  const child = new Deno.Command(program, {
    args: ["-p", folder, "-e", "stderr", "-c", file],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  const reading = (async () => {
    const text = child.stderr.pipeThrough(
      new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>,
    );
    for await (const piece of text) said = (said + piece).slice(-100_000);
  })();
  const nginx: Nginx = {
    url: `http://127.0.0.1:${port}`,
    accessLog: join(folder, "access.log"),
    output: () => said,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended already.
      }
      await child.status;
      await reading;
      await Deno.remove(folder, { recursive: true });
    },
  };
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return nginx;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await nginx[Symbol.asyncDispose]();
  throw new Error(`nginx does not start:\n${said}`);
}

/** Debian keeps it where only administrators look. */
export function findNginx(): string | null {
  const usual = "/usr/sbin/nginx";
  try {
    return onPath("nginx") ?? (Deno.statSync(usual).isFile ? usual : null);
  } catch {
    return null;
  }
}

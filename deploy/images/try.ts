import { join } from "@std/path";
import { enter } from "../demo/client.ts";
import { makeFilm } from "../demo/make.ts";
import { openTeller } from "../demo/teller.ts";
import { freePort } from "../testing/free_port.ts";
import { FACTS } from "./facts.ts";

/**
 * `deno run -A deploy/images/try.ts [--tool podman|docker] [--built] [-- <arguments of build>]`: builds the gateway's and the CPU agent's image
 * as they are shipped, runs both hardened (nobody's root, nothing writable, no capability), and makes the demo's film through them. 0: it works.
 * `--built` takes images that are there already. Some minutes; on Linux, as both share this machine's network.
 */
const ROOT = join(import.meta.dirname!, "..", "..");
const text = new TextDecoder();
/** Milliseconds. */
const PATIENCE = 180_000;

interface Ran {
  ok: boolean;
  out: string;
}

class Tried extends Error {
  override name = "Tried";
}

async function main(args: string[]): Promise<void> {
  const at = args.indexOf("--tool");
  const tool = at < 0 ? "podman" : args[at + 1] ?? "podman";
  const rest = args.includes("--") ? args.slice(args.indexOf("--") + 1) : [];
  const names = { gateway: `${FACTS.names.gateway}:tried`, agent: `${FACTS.names.agent}:tried` };
  if (!args.includes("--built")) {
    for (const [image, name] of Object.entries(names)) await build(tool, image, name, rest);
  }
  const scratch = await Deno.makeTempDir({ prefix: "studio-images-" });
  const mine = crypto.randomUUID().slice(0, 8);
  const boxes = { gateway: `studio-gateway-${mine}`, agent: `studio-agent-${mine}` };
  try {
    const port = freePort();
    const base = `http://127.0.0.1:${port}`;
    await start(tool, boxes.gateway, names.gateway, FACTS.gateway.data, {
      PORT: `${port}`,
      HOST: "127.0.0.1",
    });
    const link = await until(
      "the owner's link",
      async () =>
        /http:\S+\/enter\?token=\S+/.exec((await run(tool, ["logs", boxes.gateway])).out)?.[0] ?? null,
    );
    using session = await enter(link);
    const page = await (await fetch(base)).text();
    if (!/<title>/.test(page)) throw new Tried("the gateway serves no canvas");
    const { code } = await session.call<{ code: string }>("POST", "/agents/join-codes", { uses: 1 });
    await start(tool, boxes.agent, names.agent, FACTS.agent.data, {
      ...{ GATEWAY_URL: base, JOIN_CODE: code, AGENT_NAME: "boxed" },
    });
    const film = await makeFilm(session, scratch, openTeller((line) => console.log(line.trimEnd()), false));
    for (const [image, box] of Object.entries(boxes)) await hardened(tool, image, box);
    const { size } = await Deno.stat(film.filmPath);
    console.log(
      `A film of ${size} bytes, ${film.takes.length} takes`,
    );
    for (const name of Object.values(names)) {
      const bytes = Number((await need(tool, ["image", "inspect", "--format", "{{.Size}}", name])).trim());
      console.log(`${name} ${(bytes / 1e6).toFixed(0)} MB`);
    }
  } catch (error) {
    for (const box of Object.values(boxes)) {
      console.error(box, (await run(tool, ["logs", "--tail", "20", box])).out);
    }
    throw error;
  } finally {
    for (const box of Object.values(boxes)) {
      // Docker's rm knows no time to end in, as Podman's does.
      await run(tool, ["stop", "-t", "20", box]);
      await run(tool, ["rm", "--force", "--volumes", box]);
      await run(tool, ["volume", "rm", "--force", box]);
    }
    await Deno.remove(scratch, { recursive: true });
  }
}

async function build(tool: string, image: string, name: string, more: string[]): Promise<void> {
  console.log(`Building ${name}`);
  // OCI's own format knows no health check.
  const format = tool === "podman" ? ["--format", "docker"] : [];
  await need(tool, [
    "build",
    ...format,
    ...more,
    "--file",
    `deploy/images/${image}/Dockerfile`,
    "--tag",
    name,
    ".",
  ]);
}

async function start(
  tool: string,
  box: string,
  image: string,
  volume: string,
  environment: Record<string, string>,
): Promise<void> {
  const env = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  await need(tool, [
    ...["run", "--detach", "--name", box, "--network", "host", "--read-only", "--cap-drop", "ALL"],
    ...["--security-opt", "no-new-privileges", "--tmpfs", "/tmp:size=256m", "--volume", `${box}:${volume}`],
    ...[...env, image],
  ]);
}

/** What compose and Kubernetes count on: not root, nothing to write to but its volume, and a health check that says so. */
async function hardened(tool: string, image: string, box: string): Promise<void> {
  const who = (await need(tool, ["exec", box, "id", "-u"])).trim();
  if (who !== `${FACTS.user}`) throw new Tried(`${box} runs as ${who}, not ${FACTS.user}`);
  if ((await run(tool, ["exec", box, "touch", "/studio/x"])).ok) {
    throw new Tried(`${box} can write into its image`);
  }
  // Asked as the engine would ask it: not every machine has systemd, with which podman asks by the clock.
  const check = JSON.parse(await need(tool, ["inspect", "--format", "{{json .Config.Healthcheck}}", box]));
  const [, ...command] = check.Test as string[];
  await until(`${image}'s health check`, async () => (await run(tool, ["exec", box, ...command])).ok || null);
  console.log(`${image}: user ${who}, read-only, healthy`);
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Tried(`${what} did not come in ${PATIENCE / 1000} s`);
}

async function need(tool: string, args: string[]): Promise<string> {
  const { ok, out } = await run(tool, args);
  if (!ok) throw new Tried(`${tool} ${args[0]} failed: ${out.split("\n").slice(-15).join("\n")}`);
  return out;
}

async function run(tool: string, args: string[]): Promise<Ran> {
  const { success, stdout, stderr } = await new Deno.Command(tool, {
    args,
    cwd: ROOT,
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
  }).output();
  return {
    ok: success,
    out: text.decode(stdout) + (success && args[0] !== "logs" ? "" : text.decode(stderr)),
  };
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(error instanceof Tried ? error.message : error);
    Deno.exit(1);
  }
}

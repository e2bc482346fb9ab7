import { join } from "@std/path";
import { enter, type JobView, type Session } from "../demo/client.ts";
import { freePort } from "../testing/postgres.ts";
import { GATEWAY, joinAgent, openProcess } from "./processes.ts";
import { openProxy, type Proxy } from "./proxy.ts";

export interface FarmOptions {
  databaseUrl: string;
  /** For the gateway: S3, other lease times. */
  env?: Record<string, string>;
}

/** A gateway and agents as the processes they are in a deployment, with a proxy between them. */
export interface Farm extends AsyncDisposable {
  /** STUDIO_DATA of the gateway. */
  dataDir: string;
  proxy: Proxy;
  /** The owner, straight to the gateway. */
  session: Session;
  killGateway(): Promise<void>;
  startGateway(): Promise<void>;
  /** Everything that gateway and agents printed. */
  said(): string;
  /** Joins a new agent and runs it. `env` for its process, `args` for `agent join`. */
  addAgent(name: string, options?: { env?: Record<string, string>; args?: string[] }): Promise<FarmAgent>;
  /** Until none of the project's jobs is open any more; what became of them. */
  settled(projectId: string): Promise<JobView[]>;
}

export interface FarmAgent {
  dataDir: string;
  kill(signal?: Deno.Signal): Promise<void>;
  start(): void;
}

const TIMES = { LEASE_SECONDS: "6", HEARTBEAT_SECONDS: "1", POLL_SECONDS: "3" };

export async function openFarm(options: FarmOptions): Promise<Farm> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "studio-farm-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const dataDir = join(folder, "studio");
  const address = `http://127.0.0.1:${freePort()}`;
  const proxy = opened.use(openProxy(() => address));
  const env = {
    ...TIMES,
    DATABASE_URL: options.databaseUrl,
    STUDIO_DATA: dataDir,
    PORT: new URL(address).port,
    PUBLIC_URL: proxy.url,
    LOG_LEVEL: "warn",
    ...options.env,
  };
  const gateway = openProcess([...GATEWAY, "--owner-link"], env);
  opened.defer(() => gateway.kill("SIGKILL"));
  const startGateway = async () => {
    gateway.start();
    await until(`the gateway to be ready`, async () => {
      const response = await fetch(`${address}/readyz`).catch(() => null);
      await response?.body?.cancel();
      return response?.ok ?? false;
    }, () => gateway.output());
  };
  await startGateway();
  const link = await until(
    "the owner's link",
    () => /http\S+\/enter\?token=\S+/.exec(gateway.output())?.[0] ?? false,
    () => gateway.output(),
  );
  const session = opened.use(await enter(link.replace(proxy.url, address)));

  const agents: { kill(): Promise<void>; output(): string }[] = [];
  opened.defer(async () => {
    await Promise.all(agents.map((agent) => agent.kill()));
  });
  const stack = opened.move();
  return {
    dataDir,
    proxy,
    session,
    killGateway: () => gateway.kill("SIGKILL"),
    startGateway,
    said: () => [gateway, ...agents].map((each) => each.output()).join("\n"),
    async addAgent(name, { env = {}, args = [] } = {}) {
      const agentDir = join(folder, name);
      const { code } = await session.call<{ code: string }>("POST", "/agents/join-codes", {});
      const running = await joinAgent({
        gateway: proxy.url,
        storeOrigins: [
          new URL(proxy.url).origin,
          ...(options.env?.S3_ENDPOINT ? [options.env.S3_ENDPOINT] : []),
        ],
        code,
        name,
        folder: agentDir,
        env,
        args,
      });
      running.start();
      const agent: FarmAgent = {
        dataDir: agentDir,
        start: running.start,
        kill: (signal = "SIGKILL") => running.kill(signal),
      };
      agents.push({ kill: agent.kill, output: running.output });
      return agent;
    },
    settled: (projectId) =>
      until(
        "every job to end",
        async () => {
          const { items } = await session.call<{ items: JobView[] }>(
            "GET",
            `/projects/${projectId}/jobs?limit=200`,
          );
          return items.every((job) => ["succeeded", "failed", "cancelled"].includes(job.state))
            ? items
            : false;
        },
        () => gateway.output(),
        60,
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Tries until it is truthy; `said` is what the processes printed, for the error. */
export async function until<T>(
  what: string,
  look: () => T | false | Promise<T | false>,
  said: () => string = () => "",
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${seconds} s in vain for ${what}\n${said().slice(-4000)}`, { cause: last });
}

/** The promise, or an error that says what was waited for. */
export async function within<T>(seconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${seconds} s in vain for ${what}`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

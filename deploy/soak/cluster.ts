import { join } from "@std/path";
import { startNginx } from "../nginx/start.ts";
import { enter, type Session } from "../demo/client.ts";
import { until } from "../system/farm.ts";
import { GATEWAY, openProcess, type Process } from "../system/processes.ts";
import { type Bucket, startBucket } from "../testing/bucket.ts";
import { freePort } from "../testing/free_port.ts";
import { startPostgres, type TestServer } from "../testing/postgres.ts";
import { descendantsOf } from "./processes.ts";

export interface GatewayProcess {
  name: string;
  /** Straight to it, not through nginx. */
  url: string;
  kill(signal?: Deno.Signal): Promise<void>;
  /** Kills it with whatever it has started, at once: as a container goes, or its machine. */
  killWhole(): Promise<void>;
  /** Asks it to end; its exit code. */
  stop(): Promise<number>;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  output(): string;
}

/** Several gateways behind nginx on one PostgreSQL, one bucket and one volume of repositories. */
export interface Cluster extends AsyncDisposable {
  /** nginx: all that people and agents know. */
  url: string;
  /** STUDIO_DATA of every gateway. */
  dataDir: string;
  /** For whatever the test keeps beside it. */
  folder: string;
  /** TMPDIR of every gateway. */
  temporary: string;
  databaseUrl: string;
  bucket: Bucket;
  /** What a program needs to look at the same studio: database, bucket, volume. */
  env: Record<string, string>;
  gateways: GatewayProcess[];
  postgres: TestServer;
  owner: Session;
  /** What nginx answered: `<status> <method> <path> <status of each gateway that was tried>`. */
  answers(): Promise<string[]>;
}

export interface ClusterOptions {
  gateways: number;
  /** For every gateway: lease times, another log level. */
  env?: Record<string, string>;
}

export async function openCluster({ gateways: count, env: given = {} }: ClusterOptions): Promise<Cluster> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "studio-cluster-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const postgres = opened.use(await startPostgres({ durable: true }));
  const bucket = opened.use(await startBucket());
  const ports = Array.from({ length: count }, freePort);
  const nginx = opened.use(await startNginx(freePort(), ports.map((port) => `127.0.0.1:${port}`)));
  const dataDir = join(folder, "studio");
  const temporary = join(folder, "temporary");
  await Deno.mkdir(temporary);
  const env = {
    DATABASE_URL: postgres.url,
    STUDIO_DATA: dataDir,
    S3_BUCKET: bucket.bucket,
    S3_ENDPOINT: bucket.endpoint,
    S3_REGION: bucket.region,
    AWS_ACCESS_KEY_ID: bucket.accessKey,
    AWS_SECRET_ACCESS_KEY: bucket.secretKey,
  };
  const process = { ...env, TMPDIR: temporary, PUBLIC_URL: nginx.url, LOG_LEVEL: "warn", ...given };
  const gateways = ports.map((port, index) => gateway(`gateway-${index + 1}`, port, process));
  opened.defer(async () => {
    await Promise.all(gateways.map((each) => each.kill()));
  });
  await gateways[0]!.start();
  const link = await until(
    "the owner's link",
    () => /http\S+\/enter\?token=\S+/.exec(gateways[0]!.output())?.[0] ?? false,
    () => gateways[0]!.output(),
  );
  await Promise.all(gateways.slice(1).map((each) => each.start()));
  const owner = opened.use(await enter(link));
  const stack = opened.move();
  return {
    url: nginx.url,
    dataDir,
    folder,
    temporary,
    databaseUrl: postgres.url,
    bucket,
    env,
    gateways,
    postgres,
    owner,
    answers: async () => (await Deno.readTextFile(nginx.accessLog)).split("\n").filter(Boolean),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function gateway(name: string, port: number, env: Record<string, string>): GatewayProcess {
  const url = `http://127.0.0.1:${port}`;
  const process: Process = openProcess(GATEWAY, { ...env, PORT: String(port) });
  let opening = false, life = 0;
  return {
    name,
    url,
    kill(signal = "SIGKILL") {
      opening = false;
      life++;
      return process.kill(signal);
    },
    async killWhole() {
      opening = false;
      life++;
      const pid = process.pid();
      if (pid !== null) {
        // It must not see its children go before it.
        process.tell("SIGSTOP");
        for (const each of await descendantsOf(pid)) killOne(each);
      }
      await process.kill("SIGKILL");
    },
    stop() {
      opening = false;
      process.tell("SIGTERM");
      return process.ended();
    },
    output: process.output,
    async start() {
      const mine = ++life;
      process.start();
      // As a supervisor does: one that ends over its start (the database went) is started again.
      opening = true;
      void (async () => {
        while (await process.ended().then(() => opening, () => false)) process.start();
      })();
      await until(
        `${name} to be ready`,
        async () => {
          // Killed before it was there.
          if (life !== mine) return true;
          const response = await fetch(`${url}/readyz`).catch(() => null);
          await response?.body?.cancel();
          return response?.ok ?? false;
        },
        () => process.output(),
        120,
      ).finally(() => {
        if (life === mine) opening = false;
      });
    },
  };
}

function killOne(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

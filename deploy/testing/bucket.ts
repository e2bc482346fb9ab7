import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { join } from "@std/path";
import { freePort } from "./free_port.ts";
import { findGoProgram, VERSITY_GATEWAY } from "./go_program.ts";

export const TEST_KEYS = { accessKey: "test-access", secretKey: "test-secret-of-no-worth" };

export interface Bucket extends AsyncDisposable {
  endpoint: string;
  bucket: string;
  region: string;
  accessKey: string;
  secretKey: string;
}

/** A server that is there already, and lets `TEST_KEYS` in: to see the same tests pass on another make. Its buckets stay. */
const given = Deno.env.get("TEST_S3_ENDPOINT");

/** Why the tests against a real S3 server cannot run on this machine; null when they can. Builds the server if need be. */
export async function bucketMissing(): Promise<string | null> {
  if (given) return null;
  const program = await findGoProgram(VERSITY_GATEWAY);
  return "missing" in program ? `no S3 server to test against: ${program.missing}` : null;
}

/**
 * An empty bucket on a real S3 server of its own (Versity S3 Gateway, which refuses bytes that are not those of a signed
 * checksum), on loopback. Closing it stops the server and removes its files.
 *
 * @param keys what it lets in. By default always the same: tests of one process share its environment, where the SDK looks for them.
 * Errors: when the server cannot be built or does not answer; call `bucketMissing()` first to skip a test instead.
 */
export async function startBucket(keys = TEST_KEYS): Promise<Bucket> {
  if (given) return await bucketAt(given);
  const program = await findGoProgram(VERSITY_GATEWAY);
  if ("missing" in program) throw new Error(`Cannot start an S3 server: ${program.missing}`);
  const folder = await Deno.makeTempDir({ prefix: "studio-bucket-" });
  const bucket = "studio-test";
  // Its posix backend takes each folder for a bucket.
  await Deno.mkdir(join(folder, "data", bucket), { recursive: true });
  await Deno.mkdir(join(folder, "meta"));
  try {
    // Another process can take the port between finding and using it.
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      const server = start(program.path, folder, port, keys);
      const endpoint = `http://127.0.0.1:${port}`;
      if (await answers(endpoint, server)) {
        return {
          endpoint,
          bucket,
          region: "us-east-1",
          ...keys,
          async [Symbol.asyncDispose]() {
            await stop(server);
            await Deno.remove(folder, { recursive: true });
          },
        };
      }
      await stop(server);
      if (attempt === 3) {
        throw new Error(`The S3 server ${program.path} does not start; run it by hand to see why`);
      }
    }
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

async function bucketAt(endpoint: string): Promise<Bucket> {
  const bucket = `studio-test-${crypto.randomUUID()}`;
  const region = "us-east-1";
  const credentials = { accessKeyId: TEST_KEYS.accessKey, secretAccessKey: TEST_KEYS.secretKey };
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return { endpoint, bucket, region, ...TEST_KEYS, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function start(
  program: string,
  folder: string,
  port: number,
  keys: { accessKey: string; secretKey: string },
): Deno.ChildProcess {
  return new Deno.Command(program, {
    // Metadata in a folder of its own: not every /tmp has extended attributes.
    args: [
      "--port",
      `127.0.0.1:${port}`,
      "--quiet",
      "--keep-alive",
      "posix",
      "--sidecar",
      join(folder, "meta"),
      join(folder, "data"),
    ],
    clearEnv: true,
    env: { ROOT_ACCESS_KEY: keys.accessKey, ROOT_SECRET_KEY: keys.secretKey, HOME: folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** True once it speaks HTTP; false when it ended, or said nothing for half a minute. */
async function answers(endpoint: string, server: Deno.ChildProcess): Promise<boolean> {
  let ended = false;
  const end = server.status.then(() => {
    ended = true;
  });
  for (const deadline = Date.now() + 30_000; Date.now() < deadline && !ended;) {
    try {
      const response = await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
      await response.body?.cancel();
      return !ended;
    } catch {
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  }
  return false;
}

/** Without asking first: it would wait for idle connections, and its files go with it. */
async function stop(server: Deno.ChildProcess): Promise<void> {
  try {
    server.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await server.status;
}

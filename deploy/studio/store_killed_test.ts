import assert from "node:assert/strict";
import { join } from "@std/path";
import type { UserPrincipal } from "../../gateway/auth/mod.ts";
import { composeStudio } from "../../gateway/compose.ts";
import { parseConfig } from "../../gateway/config.ts";
import { createLog } from "../../gateway/http/mod.ts";
import { pointerOf } from "../../gateway/lfs/testing.ts";
import { lfsKey } from "../../gateway/objects/mod.ts";
import { onPostgres } from "../../gateway/testing/database.ts";
import { CreateProject } from "../../shared/api/project.ts";
import { checkStudio } from "../fsck/check.ts";
import { bucketMissing, startBucket } from "../testing/bucket.ts";

const noBucket = await bucketMissing();
const ignore = noBucket !== null || Deno.env.has("TEST_S3_ENDPOINT");
if (ignore) console.warn(`Skipped, a move that is killed: ${noBucket ?? "it needs a server of its own"}.`);

const KEYS = { accessKey: "salt-access", secretKey: "salt-secret-of-no-worth" };

Deno.test({
  name: "the command is killed half-way, says how far it has come, and goes on from there",
  // It has an embedded database of its own, whatever the others run on.
  ignore: ignore || onPostgres,
  fn: async () => {
    await using opened = new AsyncDisposableStack();
    const own = opened.use(await startBucket(KEYS));
    const gate = opened.use(openGate(own.endpoint, 6));
    const data = await Deno.makeTempDir({ prefix: "studio-store-" });
    opened.defer(() => Deno.remove(data, { recursive: true }));
    const environment = {
      ...{ STUDIO_DATA: data, PUBLIC_URL: "https://films.example", STORE_SECRETS: join(data, "secrets") },
    };
    const log = createLog({ level: "error", terminal: false, write: () => {} });
    const made: string[] = [];
    let slug = "";
    {
      await using gateway = await composeStudio(parseConfig(environment), log);
      await gateway.auth.firstStart();
      const [owner] = await gateway.db.sql<UserPrincipal[]>`
        select u.id as user_id, u.tenant_id, t.slug as tenant_slug, u.name, u.role from users u join tenants t on t.id = u.tenant_id`;
      slug = owner!.tenant_slug;
      const project = await gateway.projects.create(owner!, CreateProject.parse({ title: "Salt" }));
      for (let take = 1; take <= 20; take++) {
        const bytes = new TextEncoder().encode(`take ${take}`);
        const { oid } = await gateway.lfs.store(project, bytes);
        made.push(lfsKey(project.tenant_id, project.id, oid));
      }
    }
    await Deno.mkdir(join(data, "secrets", "salt"), { recursive: true });
    await Deno.writeTextFile(join(data, "secrets", "salt", "access_key_id"), KEYS.accessKey + "\n");
    await Deno.writeTextFile(join(data, "secrets", "salt", "secret_access_key"), KEYS.secretKey);
    const where = ["s3://studio-test", "--endpoint", gate.endpoint, "--keys", "file:salt"];

    const killed = begin(environment, ["store", slug, ...where]);
    await gate.reached;
    killed.kill("SIGKILL");
    await killed.output();
    const half = await begin(environment, ["store", slug]).output();
    assert.match(text(half), /on its way to s3:\/\/studio-test\/ at .*: \d+ of 20 objects/);
    gate.open();
    const done = await begin(environment, ["store", slug, ...where]).output();
    assert.match(text(done), /has its 20 objects \(0\.0 MB\) in s3:\/\/studio-test\//);
    assert.equal(done.code, 0);

    await using gateway = await composeStudio(parseConfig(environment), log);
    for (const key of made) {
      const { stream } = (await gateway.objects.get(key))!;
      const bytes = await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
      assert.equal(pointerOf(bytes).oid, key.slice(-64));
    }
    const [{ tenant_id }] = await gateway.db.sql<[{ tenant_id: string }]>`select tenant_id from projects`;
    const there = await Array.fromAsync((await gateway.objects.of(tenant_id)).list("tenants/"));
    assert.deepEqual(there.map(({ key }) => key).sort(), made.toSorted());
    assert.deepEqual((await checkStudio(gateway, data)).findings, []);
  },
});

/** `deno task studio`. */
function begin(env: Record<string, string>, args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(import.meta.dirname!, "main.ts"), ...args],
    env: { ...env, DATABASE_URL: "", S3_BUCKET: "", S3_ENDPOINT: "" },
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
  }).spawn();
}

function text({ stdout, stderr }: Deno.CommandOutput): string {
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Before a server: lets so many PUTs through and holds the next for ever, until it is opened. */
function openGate(
  server: string,
  lets: number,
): { endpoint: string; reached: Promise<void>; open(): void } & Disposable {
  const { hostname, port } = new URL(server);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const reached = Promise.withResolvers<void>();
  const connections = new Set<Deno.Conn>();
  let left = lets;
  const pass = async (client: Deno.Conn) => {
    const behind = await Deno.connect({ hostname, port: Number(port) });
    for (const each of [client, behind]) connections.add(each);
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        if (new TextDecoder().decode(chunk.subarray(0, 5)) === "PUT /" && left-- <= 0) {
          reached.resolve();
          await new Promise(() => {});
        }
        controller.enqueue(chunk);
      },
    });
    await Promise.allSettled([
      client.readable.pipeThrough(counted).pipeTo(behind.writable),
      behind.readable.pipeTo(client.writable),
    ]);
  };
  (async () => {
    for await (const client of listener) pass(client).catch(() => {});
  })().catch(() => {});
  return {
    endpoint: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    reached: reached.promise,
    open: () => left = Infinity,
    [Symbol.dispose]() {
      listener.close();
      for (const each of connections) {
        try {
          each.close();
        } catch {
          // Its stream has closed it.
        }
      }
    },
  };
}

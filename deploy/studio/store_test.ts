import assert from "node:assert/strict";
import { keepHouse } from "../../gateway/housekeeping/mod.ts";
import { follow, lfs, type LfsStory, plain, pointerOf, push } from "../../gateway/lfs/testing.ts";
import { lfsKey, type Place, storeRowsOf, whileNobodyMoves } from "../../gateway/objects/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { checkStudio } from "../fsck/check.ts";
import { type Bucket, bucketMissing, startBucket, TEST_KEYS } from "../testing/bucket.ts";
import { saveObjects } from "../backup/objects.ts";
import { configureBucket, corsFault } from "./bucket_rules.ts";
import { deleteStudio, findLeaving } from "./delete.ts";
import { StudioError } from "./error.ts";
import { exportStudio } from "./export.ts";
import { giveUp, placeOf, policyText, setStore, storeText } from "./store.ts";
import { findStudio } from "./studios.ts";
import { liveOf } from "./testing.ts";

const noBucket = await bucketMissing();
const ignore = noBucket !== null || Deno.env.has("TEST_S3_ENDPOINT");
if (ignore) console.warn(`Skipped, studios in buckets of their own: ${noBucket ?? "they need two servers"}.`);

const MIB = 1024 ** 2;
const KEYS = { accessKey: "salt-access", secretKey: "salt-secret-of-no-worth" };

for (const kind of ["bucket", "disk"] as const) {
  Deno.test({
    name:
      `a studio moves into a bucket of its own while it works, and nothing of it is anywhere else (from a ${kind})`,
    ignore,
    fn: async (t) => {
      await using ground = await openGround(kind);
      const { test, salt, pepper, own, place } = ground;
      const live = liveOf(test);
      const { sql } = live.db;
      const { objects } = test.studio;
      const tenant = await findStudio(sql, test.owner.tenant_slug);
      // One that a PUT takes and, from a bucket, one that needs parts on its way.
      const large = await test.studio.lfs.store(salt.project, new Uint8Array(6 * MIB).fill(7));
      const first = [...await push(salt, ["a take", "another take"]), large];
      await test.studio.lfs.store(pepper, new TextEncoder().encode("what Pepper has"));
      const late = pointerOf("sent by a link of before");
      const early = await announced(salt, late);
      const agent = await test.joinAgent();

      await t.step(
        "what is no place, or cannot be used, is refused with a sentence, and changes nothing",
        async () => {
          for (const text of ["films", "s3://", "s3://UPPER", "s3://b/a b"]) {
            assert.throws(() => placeOf(text, {}), StudioError, text);
          }
          assert.throws(() => placeOf("s3://films", { keys: "AKIA123:secret" }), /That place is not one/);
          const strange = placeOf(`s3://${own.bucket}`, { endpoint: own.endpoint, keys: "env:nobody" });
          await assert.rejects(setStore(live, tenant, strange), /STORE_NOBODY_ACCESS_KEY_ID .* are not set/);
          const wrong = placeOf(`s3://${own.bucket}`, { endpoint: own.endpoint, keys: "gateway" });
          if (kind === "bucket") {
            await assert.rejects(
              setStore(live, tenant, wrong),
              /cannot be used/,
              "the keys of the other bucket",
            );
            const same = placeOf(`s3://${ground.shared!.bucket}`, { endpoint: ground.shared!.endpoint });
            await assert.rejects(setStore(live, tenant, same), /by another name/);
          }
          assert.deepEqual(await storeRowsOf(sql, tenant.id), []);
        },
      );

      await t.step("the bucket is told from where browsers may ask", async () => {
        const store = await objects.at(tenant.id, place, false);
        const ours = "https://films.example";
        assert.match(
          (await corsFault(store, tenant.id, ours))!,
          /Browsers at https:\/\/films\.example may not GET/,
        );
        const credentials = { accessKeyId: KEYS.accessKey, secretAccessKey: KEYS.secretKey };
        const faults = await configureBucket(place, ours, credentials);
        // This server knows no lifecycles, and that is said.
        assert.deepEqual(faults, ["The lifecycle could not be set (NotImplemented)."]);
        assert.equal(await corsFault(store, tenant.id, ours), null);
        assert.match((await corsFault(store, tenant.id, "https://evil.example"))!, /may not GET/);
      });

      await t.step("it moves in steps, and at each of them people upload and download", async () => {
        const steps: string[] = [];
        const made = [...first];
        const { sentence } = await setStore(live, tenant, place, {
          async say({ step }) {
            if (steps.at(-1) === step) return;
            steps.push(step);
            // An agent's process may reach only what its session named: it is asked to open one again.
            if (step === "copying") await assert.rejects(agent.heartbeat({ leases: [] }), /409/);
            made.push(...await push(salt, [`made while it was ${step}`]));
            made.push(
              await test.studio.lfs.store(salt.project, new TextEncoder().encode(`kept while ${step}`)),
            );
            for (const each of made) await downloads(salt, each.oid);
          },
        });
        assert.deepEqual(steps, ["copying", "opening", "switched"]);
        assert.match(sentence, /has its \d+ objects .* in s3:\/\/studio-test\/films\//);
        for (const each of made) {
          const url = await downloads(salt, each.oid);
          assert.equal(url.origin, own.endpoint);
          assert.ok(url.pathname.startsWith(`/studio-test/films/tenants/${tenant.id}/`));
        }
        const here = await Array.fromAsync(objects.list(`tenants/${tenant.id}/`));
        assert.equal(here.length, made.length);
        assert.equal((await setStore(live, tenant, place)).moved, null, "it is there already");
      });

      await t.step("an upload by a link of before the move is not lost", async () => {
        await follow(early, late.bytes);
        assert.equal((await downloads(salt, late.oid)).origin, own.endpoint);
      });

      await t.step("its pages and machines are told where its files are, the other's are not", async () => {
        assert.ok((await objects.originsOf(tenant.id)).includes(own.endpoint));
        assert.ok(!(await objects.originsOf(pepper.tenant_id)).includes(own.endpoint));
        const policy = async (as: string) =>
          (await test.request("/docs", {}, as)).headers.get("content-security-policy")!;
        assert.ok((await policy("owner")).includes(own.endpoint));
        for (const as of ["nobody", ground.stranger]) assert.ok(!(await policy(as)).includes(own.endpoint));
        assert.ok((await agent.session()).store_origins.includes(own.endpoint));
        await agent.heartbeat({ leases: [] });
      });

      await t.step("a signed link of one studio opens nothing of another", async () => {
        const { oid } = first[0]!;
        const mine = await downloads(salt, oid);
        const theirs = lfsKey(pepper.tenant_id, pepper.id, oid);
        const forged = [
          mine.href.replace(/films\/tenants\/[^?]+/, `films/${theirs}`),
          mine.href.replace(/films\/tenants\/[^?]+/, theirs),
          ...ground.shared ? [mine.href.replace(own.endpoint, ground.shared.endpoint)] : [],
        ];
        for (const href of forged) {
          const { status, body } = await fetch(href);
          await body?.cancel();
          assert.ok(status === 403 || status === 404, `${status} ${href}`);
        }
      });

      await t.step("check, export and backup follow it", async () => {
        assert.deepEqual((await checkStudio(test.studio, live.dataDir)).findings, []);
        const into = await Deno.makeTempDir({ prefix: "studio-export-" });
        ground.opened.defer(() => Deno.remove(into, { recursive: true }));
        const { record, damaged } = await exportStudio(live, tenant, into);
        assert.deepEqual(damaged, []);
        assert.equal(
          record.objects.count,
          (await Array.fromAsync(objects.list(`tenants/${tenant.id}/`))).length,
        );
        const saved = await saveObjects(objects, live.dataDir, into);
        assert.equal(saved.count, record.objects.count + 1, "and Pepper's one, each once");
        const policy = JSON.parse(await policyText(live, tenant, null));
        assert.equal(policy.Statement[0].Resource, `arn:aws:s3:::studio-test/films/tenants/${tenant.id}/*`);
        const text = await storeText(live, tenant);
        assert.match(text, /has its objects in s3:\/\/studio-test\/films\/ at .* keys: env:salt/);
        assert.ok(!JSON.stringify(await sql`select * from tenant_stores`).includes(KEYS.secretKey));
      });

      await t.step(
        "housekeeping clears the old place away, when it is told and the time has come",
        async () => {
          const left = () => Array.fromAsync(objects.own.list(`tenants/${tenant.id}/`));
          const before = (await left()).length;
          assert.ok(before > 0);
          // By a link of before, and nobody has asked for it since.
          const forgotten = pointerOf("sent late, and never verified");
          await objects.own.put(
            lfsKey(tenant.id, salt.project.id, forgotten.oid),
            forgotten.bytes,
            forgotten,
          );
          await kept(test, false);
          await kept(test, true);
          assert.equal((await left()).length, before + 1, "not before its time");
          await sql`update tenant_stores set state_at = now() - interval '15 days' where state = 'left'`;
          await kept(test, false);
          assert.equal((await left()).length, before + 1, "not without being told");
          await sql`update tenant_stores set state_at = now() where state = 'left'`;
          await sql`update tenant_stores set state_at = now() - interval '15 days' where state = 'left'`;
          if (live.db.kind === "postgresql") {
            assert.notEqual(await whileNobodyMoves(live.db, tenant.id, () => kept(test, true)), "busy");
            assert.equal(
              (await left()).length,
              before + 1,
              "nor while somebody may be on the way back there",
            );
          }
          await kept(test, true);
          assert.deepEqual(await left(), []);
          assert.ok(await objects.head(lfsKey(tenant.id, salt.project.id, forgotten.oid)), "brought before");
          assert.equal((await objects.route(tenant.id)).read.length, 1);
          assert.equal((await Array.fromAsync(objects.own.list("tenants/"))).length, 1, "Pepper's");
          await downloads(salt, first[1]!.oid);
        },
      );

      await t.step("and back again, of which half is given up", async () => {
        const killed = { say: () => Promise.reject(new Error("killed")) };
        await assert.rejects(setStore(live, tenant, null, killed), /killed/);
        assert.match(await storeText(live, tenant), /on its way to the gateway's own store/);
        const elsewhere = placeOf("s3://studio-test/other", { endpoint: own.endpoint, keys: "env:salt" });
        await assert.rejects(setStore(live, tenant, elsewhere), /on its way to the gateway's own store/);
        assert.match(await giveUp(live, tenant), /is given up/);
        for (const each of first) await downloads(salt, each.oid);
        for (const at of ["copying", "opening"]) {
          const say = async ({ step }: { step: string }) => {
            if (step === at) await giveUp(live, tenant);
          };
          await assert.rejects(setStore(live, tenant, null, { say }), /was given up meanwhile/);
          for (const each of first) assert.equal((await downloads(salt, each.oid)).origin, own.endpoint);
        }
        await setStore(live, tenant, null);
        const url = await downloads(salt, first[1]!.oid);
        assert.notEqual(url.origin, own.endpoint);
      });

      await t.step("deleted, nothing of it is left in any of them", async () => {
        const at = await objects.at(tenant.id, place, true);
        assert.ok((await Array.fromAsync(at.list(`tenants/${tenant.id}/`))).length > 0, "what it left");
        await assert.rejects(
          deleteStudio(live, await findLeaving(live, tenant.slug), (part) => {
            if (part === "objects") throw new Error("killed");
          }),
          /killed/,
        );
        await deleteStudio(live, await findLeaving(live, tenant.slug));
        for (const store of [at, objects.own]) {
          assert.deepEqual(await Array.fromAsync(store.list(`tenants/${tenant.id}/`)), []);
        }
        assert.equal((await Array.fromAsync(objects.list("tenants/"))).length, 1, "Pepper's");
      });
    },
  });
}

interface Ground extends AsyncDisposable {
  opened: AsyncDisposableStack;
  test: TestStudio;
  salt: LfsStory;
  pepper: ProjectRow;
  /** A token of Pepper's. */
  stranger: string;
  /** The gateway's own; null: it keeps files. */
  shared: Bucket | null;
  own: Bucket;
  place: Place;
}

/** Two studios in the gateway's own store, and a bucket on another server that lets only its own keys in. */
async function openGround(kind: "bucket" | "disk"): Promise<Ground> {
  await using opening = new AsyncDisposableStack();
  const own = opening.use(await startBucket(KEYS));
  const shared = kind === "bucket" ? opening.use(await startBucket()) : null;
  Deno.env.set("AWS_ACCESS_KEY_ID", TEST_KEYS.accessKey);
  Deno.env.set("AWS_SECRET_ACCESS_KEY", TEST_KEYS.secretKey);
  const test = opening.use(
    await openTestStudio({
      env: {
        STORE_SALT_ACCESS_KEY_ID: KEYS.accessKey,
        STORE_SALT_SECRET_ACCESS_KEY: KEYS.secretKey,
        ...shared
          ? { S3_BUCKET: shared.bucket, S3_ENDPOINT: shared.endpoint, S3_LARGEST_PUT: String(5 * MIB) }
          : {},
      },
    }),
  );
  await test.serve();
  const project = await test.makeProject("Salt");
  const other = await test.secondTenant();
  const pepper = await other.makeProject("Pepper");
  const opened = opening.move();
  return {
    ...{ opened, test, pepper, shared, own, stranger: other.token },
    salt: { test, project } as LfsStory,
    place: placeOf(`s3://${own.bucket}/films`, { endpoint: own.endpoint, keys: "env:salt" })!,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function announced(story: LfsStory, pointer: ReturnType<typeof pointerOf>) {
  const { body } = await lfs(story, "objects/batch", { operation: "upload", objects: [plain(pointer)] });
  assert.ok(body.objects[0].actions.upload);
  return body.objects[0];
}

/** As git-lfs does: asks for the link, and gets bytes of that hash. Where they came from. */
async function downloads(story: LfsStory, oid: string): Promise<URL> {
  const [row] = await story.test.studio.db.sql<
    { size: number }[]
  >`select size from lfs_objects where oid = ${oid}`;
  const { body } = await lfs(story, "objects/batch", {
    operation: "download",
    objects: [{ oid, size: row!.size }],
  });
  const href = body.objects[0].actions?.download.href;
  assert.ok(href, JSON.stringify(body));
  const response = await fetch(href);
  assert.equal(response.status, 200, href);
  assert.equal(pointerOf(await response.bytes()).oid, oid);
  return new URL(href);
}

async function kept({ studio }: TestStudio, remove: boolean): Promise<void> {
  const rules = { remove, graceDays: 14, keepDays: 90 };
  for await (const { unsure } of keepHouse(studio, rules)) assert.equal(unsure, undefined);
}

import assert from "node:assert/strict";
import { png } from "../../gateway/assets/testing.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { configureBucket } from "../studio/bucket_rules.ts";
import { placeOf, setStore } from "../studio/store.ts";
import { findStudio } from "../studio/studios.ts";
import { liveOf } from "../studio/testing.ts";
import { bucketMissing, startBucket } from "../testing/bucket.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

const noBucket = await bucketMissing();
const KEYS = { accessKey: "salt-access", secretKey: "salt-secret-of-no-worth" };

Deno.test({
  name: "pages that are open while the studio's files move to a bucket follow them by themselves",
  ignore: noBucket !== null || Deno.env.has("TEST_S3_ENDPOINT"),
  sanitizeResources: false,
  sanitizeOps: false,
}, async (t) => {
  await build();
  await using bucket = await startBucket(KEYS);
  await using test = await openTestStudio({
    env: {
      POLL_SECONDS: "1",
      STORE_SALT_ACCESS_KEY_ID: KEYS.accessKey,
      STORE_SALT_SECRET_ACCESS_KEY: KEYS.secretKey,
    },
  });
  const url = await test.serve();
  const film = await test.makeProject("Salt", { width: 512, height: 288 });
  const lamp = { id: "lamp", type: "generate_image", title: "The lamp", shot: "STILL-LAMP", prompt: "Fog" };
  const nodes = [{ ...lamp, runner: "flux-image", position: { x: 0, y: 0 } }];
  const ask = async (path: string, method: string, json: unknown) =>
    await (await test.request(`/api/projects/${film.id}/${path}`, { method, json })).body?.cancel();
  await ask("canvas", "PUT", { graph: { nodes, edges: [] } });
  const agent = await test.joinAgent({ vramMb: 16 * 1024, capabilities: ["flux-image@standard"] });
  const take = async (seed: number) => {
    await ask("jobs", "POST", { node_id: "lamp" });
    const lease = await agent.lease();
    const done = await agent.complete(lease, { bytes: png(512, 288, seed) });
    assert.equal(done.status, 204, await done.text());
  };
  await take(1);
  const enter = async () => `${url}/enter?token=${await test.studio.auth.ownerLink()}`;
  await using open = await openPage(await enter());
  const { page, complaints } = open;
  const other = await open.another(await enter());
  const step = stepsOf(t, page);
  for (const each of [page, other]) {
    await each.goto(`${url}/p/${film.slug}`);
    await each.locator(".node img").first().waitFor();
    await each.evaluate(() => Object.assign(globalThis, { before: true }));
  }
  const anew = (which: typeof page) => which.waitForFunction(() => !("before" in globalThis));
  /** So many pictures of takes are there, which by now come from the bucket. */
  const shown = (which: typeof page, at: string, count: number) =>
    which.waitForFunction(([at, count]) => {
      const images = [...document.querySelectorAll<HTMLImageElement>(at)];
      return images.length === count && images.every((each) => each.complete && each.naturalWidth > 0);
    }, [at, count] as const);

  await step(
    "one that notices in time is loaded anew before anything is refused, and nobody is asked",
    async () => {
      const live = liveOf(test);
      const tenant = await findStudio(live.db.sql, test.owner.tenant_slug);
      const place = placeOf(`s3://${bucket.bucket}/films`, { endpoint: bucket.endpoint, keys: "env:salt" })!;
      const credentials = { accessKeyId: KEYS.accessKey, secretAccessKey: KEYS.secretKey };
      await configureBucket(place, url, credentials);
      await setStore(live, tenant, place);
      // As when somebody comes back to its tab.
      await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await anew(other);
      await shown(other, ".node img", 1);
      assert.deepEqual(complaints, []);
    },
  );

  await step("one that learns of it by a picture that is refused is loaded anew, and shows it", async () => {
    await page.locator(".node header").first().click();
    await agent.session();
    await take(2);
    await anew(page);
    await page.locator(".node header").first().click();
    await shown(page, ".right .take img", 2);
    assert.ok(
      complaints.length > 0 && complaints.every((each) => /Content Security Policy/.test(each)),
      complaints.join("\n"),
    );
    complaints.length = 0;
  });

  await step("both send files there", async () => {
    for (const [nth, each] of [page, other].entries()) {
      const dataTransfer = await each.evaluateHandle(([bytes, name]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes as number[])], name as string, { type: "image/png" }));
        return data;
      }, [[...png(64, 64, 10 + nth)], `Sketch ${nth}.png`]);
      const pane = each.locator(".react-flow__pane").first();
      const box = (await pane.boundingBox())!;
      const at = { clientX: box.x + 40, clientY: box.y + 60, dataTransfer };
      for (const kind of ["dragenter", "dragover", "drop"]) await pane.dispatchEvent(kind, at);
      await each.locator(".node", { hasText: `Sketch ${nth}` }).first().waitFor();
    }
    const { items } = await (await test.request(`/api/projects/${film.id}/assets`)).json();
    assert.equal(items.length, 2);
    assert.deepEqual(complaints, []);
  });
});

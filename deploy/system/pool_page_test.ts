import assert from "node:assert/strict";
import { png } from "../../gateway/assets/testing.ts";
import type { TestAgent } from "../../gateway/testing/agent.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { COMPARE } from "../../shared/jobs/compare.ts";
import { build } from "../../ui/build.ts";
import { findings } from "../testing/axe.ts";
import { openPage, tell } from "../testing/browser.ts";

const PICTURES = Deno.env.get("PICTURES");
const CAN = ["flux-image@low", "flux-image@standard", COMPARE];

/**
 * The community pool as its people see it: a film opts in, a donor's machine earns, credits are given and spent, a check finds work wrong. The
 * machines speak the real protocol and say what the story needs.
 */
Deno.test(
  {
    name: "a film opens to the community, and its people see what comes of it",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await build();
    await using test = await openTestStudio({ env: { POLL_SECONDS: "1" } });
    const url = await test.serve();
    const project = await test.makeProject("Salt", { width: 512, height: 288 });
    const json = (path: string, method: string, body: unknown) => test.request(path, { method, json: body });
    await json(`/api/projects/${project.id}/canvas`, "PUT", {
      graph: {
        nodes: [{
          ...{
            id: "lamp",
            type: "generate_image",
            title: "The lamp",
            shot: "STILL-LAMP",
            prompt: "A lamp in fog",
          },
          ...{ runner: "flux-image", position: { x: 0, y: 0 } },
        }],
        edges: [],
      },
    });
    await json("/api/checks/settings", "PUT", { share: 1, probation_share: 1, per_day: 100 });
    const join = async (name: string, lent: boolean): Promise<TestAgent> => {
      const agent = await test.joinAgent({ name, vramMb: 16 * 1024, capabilities: CAN });
      await json(`/api/agents/${agent.id}`, "PATCH", { trust: lent ? "anyone" : "own" });
      if (lent) {
        const owner = name === "attic" ? test.owner : test.artist;
        await test.studio.db.sql`
          update agents set owner_id = ${owner.user_id}, lent_by = ${owner.name} where id = ${agent.id}`;
      }
      return agent;
    };
    const attic = await join("attic", true);
    await using open = await openPage(`${url}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const step = async (name: string, story: () => Promise<void>) => {
      if (!await t.step(name, () => tell(page, story))) throw new Error(`stopped at: ${name}`);
    };
    const all: string[] = [];
    const look = async (name: string) => {
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
      for (const finding of await findings(page)) all.push(`${name}: ${finding}`);
    };
    const dock = page.locator(".dock");
    const right = page.locator(".right");
    const tab = (name: string) => page.getByRole("tab", { name }).click();
    const credits = page.getByRole("region", { name: "Your credits" });

    await step("a film is opened to the community only after it was said who will see what", async () => {
      await page.goto(`${url}/usage`);
      await credits.getByText("You have none yet.").waitFor();
      await look("no-credits");
      await page.goto(`${url}/p/${project.slug}`);
      await tab("Fleet");
      const may = dock.getByLabel("This film may run on");
      await may.selectOption("anyone");
      const dialog = page.getByRole("dialog", { name: "Let the community's machines work" });
      await dialog.getByText("the prompts, the pictures that go in, and the pictures that come out")
        .waitFor();
      await look("opting-in");
      await dialog.getByRole("button", { name: "Keep it as it is" }).click();
      assert.equal(await may.inputValue(), "trusted");
      await may.selectOption("anyone");
      await dialog.getByRole("button", { name: "Let the community work" }).click();
      await dock.getByLabel("Least reputation").waitFor();
      await dock.getByText("Nobody has given any yet.").waitFor();
      await look("opted-in");
      const audit = await (await test.request("/api/audit?what=placement_changed")).json();
      assert.equal(audit.items[0].sentence, `${test.owner.name} lets "Salt" run on anyone's machines.`);
    });

    const generate = async () => {
      await page.locator(".node").first().locator("header").click();
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      await page.locator(".toast").first().waitFor({ state: "detached" });
    };
    await step("what a donor's machine makes earns credits, which they give to the film", async () => {
      await generate();
      const lease = await leaseOf(attic);
      await test.studio.db
        .sql`update jobs set started_at = now() - interval '200 seconds' where id = ${lease.job_id}`;
      const done = await attic.complete(lease, { bytes: png(512, 288), body: { seconds: 120 } });
      assert.equal(done.status, 204, await done.text());
      await page.goto(`${url}/usage`);
      await credits.locator(".sum b").getByText("3", { exact: true }).waitFor();
      await credits.getByText("attic worked for Salt: 2 minutes at Standard.").waitFor();
      await credits.getByText("Not checked yet. On probation: 5 more agreements to go.").waitFor();
      await credits.getByLabel("Name in end titles", { exact: true }).fill("Mira");
      await page.keyboard.press("Enter");
      await look("credits");
      await page.goto(`${url}/p/${project.slug}`);
      await tab("Fleet");
      const purse = dock.getByRole("group", { name: "Purse" });
      await purse.getByLabel("Give some of your 3 credits to Salt").fill("2.5");
      await purse.getByRole("button", { name: "Give" }).click();
      await purse.getByText("Given by Mira (2.5). End titles thank them.").waitFor();
      await purse.getByText("What became of it").click();
      await purse.getByText("A gift of Mira.").waitFor();
      await purse.scrollIntoViewIfNeeded();
      await look("purse");
    });

    await step(
      "a check that two others agree on marks what the machine made, and says so everywhere",
      async () => {
        const [tower, mill] = [await join("tower", false), await join("mill", true)];
        await settled(async () => {
          await test.studio.checks.advanceAll();
          return (await open_(test)) === "second";
        });
        await makeAgain(tower);
        await judgeThem(tower, { "1 2": false });
        await settled(async () => {
          await test.studio.checks.advanceAll();
          return (await open_(test)) === "third";
        });
        await makeAgain(mill);
        await judgeThem(tower, { "1 2": false, "1 3": false, "2 3": true });
        await tab("Notices");
        await dock.getByText(/STILL-LAMP_v01_take01 is unverified: attic made it/).first().waitFor();
        await tab("Fleet");
        await dock.getByText("Reputation 0, on probation").first().waitFor();
        await dock.getByText(/A spot check found that it made STILL-LAMP_v01_take01 of "Salt" wrong/)
          .waitFor();
        await look("quarantine");
        await dock.getByRole("button", { name: "End quarantine of attic" }).click();
        await dock.getByText("Quarantined").waitFor({ state: "detached" });
        await page.locator(".node").first().locator("header").click();
        const take = right.locator(".take", { hasText: "take 01" });
        await take.getByText("unverified").waitFor();
        await take.click();
        await right.getByText("two other machines made the same otherwise, both alike").waitFor();
        await right.getByText("Unverified.").scrollIntoViewIfNeeded();
        await look("unverified");
      },
    );

    await step("the operators see what was compared, and say how often it is", async () => {
      await page.goto(`${url}/operations`);
      const checks = page.getByRole("region", { name: "Spot checks" });
      await checks.getByText("STILL-LAMP_v01_take01 of Salt, made by attic").click();
      await checks.getByText("attic differs from two others that agree").waitFor();
      await checks.getByRole("img", { name: /side by side/ }).waitFor();
      await checks.getByLabel("At most a day").fill("12");
      await page.keyboard.press("Enter");
      await checks.getByText("1 of 12 today").waitFor();
      await checks.scrollIntoViewIfNeeded();
      await look("checks");
    });

    await step("the take is made again with the film's own credits, or kept", async () => {
      await page.goto(`${url}/p/${project.slug}`);
      await page.locator(".node").first().locator("header").click();
      await right.locator(".take", { hasText: "take 01" }).click();
      await right.getByRole("button", { name: "Make it again" }).click();
      await page.getByText("The lamp, take 2 is asked for").waitFor();
      await right.getByText("Earlier place").click();
      await right.getByLabel("Pay with").selectOption("purse");
      await tab("Fleet");
      await look("pay");
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      await settled(async () => {
        const purse = await (await test.request(`/api/projects/${project.id}/credits`)).json();
        return purse.reserved > 0;
      });
      // A film that is taken back from the community still makes takes; nothing shows what was to pay.
      await dock.getByLabel("This film may run on").selectOption("trusted");
      await right.getByText("Earlier place").waitFor({ state: "detached" });
      const asked = async () =>
        (await (await test.request(`/api/projects/${project.id}/jobs?limit=100`)).json()).items;
      const before = (await asked()).length;
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      await settled(async () => (await asked()).length > before);
      await right.getByRole("button", { name: "It is right: keep it" }).click();
      await right.locator(".take", { hasText: "take 01" }).getByText("unverified").waitFor({
        state: "detached",
      });
    });

    await step("nothing of it keeps a person out", () => {
      assert.deepEqual(all, []);
      return Promise.resolve();
    });
  },
);

async function open_(test: { request(path: string): Promise<Response> }): Promise<string | undefined> {
  const { items } = await (await test.request("/api/checks")).json();
  return items[0]?.state;
}

async function leaseOf(agent: TestAgent) {
  let lease: Awaited<ReturnType<TestAgent["poll"]>>["lease"] = null;
  await settled(async () => (lease = (await agent.poll({ wait_s: 1 })).lease) !== null);
  return lease!;
}

async function makeAgain(agent: TestAgent): Promise<void> {
  const lease = await leaseOf(agent);
  assert.equal(lease.spec.kind, "generate");
  const done = await agent.complete(lease, { bytes: png(512, 288) });
  assert.equal(done.status, 204, await done.text());
}

/** Reports how alike the pictures are, as a machine with ffmpeg would. */
async function judgeThem(agent: TestAgent, alike: Record<string, boolean>): Promise<void> {
  const lease = await leaseOf(agent);
  assert.equal(lease.spec.kind, "compare");
  const names = [...new Set(Object.keys(alike).flatMap((pair) => pair.split(" ")))];
  const media = { format: "png", width: 512, height: 288, frames: 1, audio: false };
  const comparison = {
    media: Object.fromEntries(names.map((name) => [name, media])),
    contrast: Object.fromEntries(names.map((name) => [name, 50])),
    pairs: Object.entries(alike).map(([pair, same]) => {
      const [a, b] = pair.split(" ");
      return { a, b, psnr: [same ? 34 : 8], hash: [same ? 0 : 30] };
    }),
  };
  const done = await agent.complete(lease, { bytes: png(1024, 288), body: { made_with: { comparison } } });
  assert.equal(done.status, 204, await done.text());
}

async function settled(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error("Not within a minute");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

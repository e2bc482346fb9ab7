import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { png } from "../../gateway/assets/testing.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

/**
 * What the machines do, as an artist sees it: a fallback, progress over a reload, a failure and its retry, the order of the queue. The agent
 * speaks the real protocol and does exactly what the story needs.
 */
Deno.test(
  { name: "an artist watches the machines and steers them", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const project = await test.makeProject("The Queue", { quality: "high" });
    // A card for the low tier alone.
    const agent = await test.joinAgent({ name: "attic", vramMb: 12 * 1024 });
    const stills = ["010", "020", "030", "040"].map((name, index) => ({
      id: `still_${name}`,
      type: "generate_image",
      title: `Still ${name}`,
      shot: `STILL-${name}`,
      prompt: "Fog over a pier",
      runner: "flux-image",
      position: { x: index * 260, y: 0 },
    }));
    const put = await test.request(`/api/projects/${project.id}/canvas`, {
      method: "PUT",
      json: { graph: { nodes: stills, edges: [] } },
    });
    assert.equal(put.status, 200, await put.text());
    await using open = await openPage(`${url}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const step = stepsOf(t, page);
    const node = (title: string) =>
      page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
    const right = page.locator(".right");
    const generate = async (title: string) => {
      await node(title).locator("header").click();
      await right.getByRole("button", { name: "Generate", exact: true }).click();
    };
    const lost = "The prompt asks for a size that this model cannot make";

    await step("what falls back says from what to what and why, on the node and in the notices", async () => {
      await page.locator(".card", { hasText: "The Queue" }).getByRole("link").click();
      await generate("Still 010");
      await node("Still 010").getByText(/High asked, made at Low: .{10,}/).waitFor();
      await page.getByRole("tab", { name: "Notices" }).click();
      await page.locator(".dock").getByText(/High asked, made at Low/).first().waitFor();
      await page.getByRole("tab", { name: "Queue" }).click();
    });

    let lease = await agent.lease();
    await step("how far it is and how long it takes is on the node, also after a reload", async () => {
      await agent.heartbeat({
        leases: [{
          lease: lease.lease,
          progress: { stage: "Sampling 8 of 20", progress: 0.4, seconds_left: 83 },
        }],
      });
      const shown = async () => {
        await node("Still 010").getByText("Sampling 8 of 20").waitFor();
        await node("Still 010").getByText("1:23 left").waitFor();
        await page.locator(".queue").getByText("Sampling 8 of 20 · attic").waitFor();
      };
      await shown();
      await page.reload();
      await shown();
    });
    await step("a failure is told in words, and tried again at a click", async () => {
      assert.equal((await agent.fail(lease, { class: "invalid", message: `${lost}.` })).status, 204);
      await node("Still 010").getByText(lost).waitFor();
      await page.locator(".queue").getByText(lost).waitFor();
      await node("Still 010").locator("header").click();
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await right.getByRole("button", { name: "Copy diagnostics" }).click();
      await page.getByText(/^Diagnostics copied, without prompts/).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      for (const words of [lease.job_id, "flux-image", "invalid", lost, "attic"]) {
        assert.ok(copied.includes(words));
      }
      assert.equal(copied.includes("Fog over a pier"), false);
      await right.getByRole("button", { name: "Try again" }).click();
      await node("Still 010").getByText("Next in the queue").waitFor();
      lease = await agent.lease();
      assert.ok((await agent.complete(lease, { bytes: png(768, 432) })).ok);
      await right.locator(".take.active", { hasText: "take 01" }).waitFor();
      await node("Still 010").getByText(lost).waitFor({ state: "detached" });
    });
    await step("the queue is put in another order by keys and by mouse", async () => {
      for (const each of ["020", "030", "040"]) await generate(`Still ${each}`);
      await order(page, ["020", "030", "040"]);
      await page.getByRole("button", { name: /^Move Still 040.*place 3 of 3/ }).focus();
      await page.keyboard.press("ArrowUp");
      await order(page, ["020", "040", "030"]);
      // The focus goes with the job.
      await page.getByRole("button", { name: /^Move Still 040.*place 2 of 3/ }).waitFor();
      await page.waitForFunction(() =>
        /Still 040/.test(document.activeElement?.getAttribute("aria-label") ?? "")
      );
      await page.keyboard.press("ArrowUp");
      await order(page, ["040", "020", "030"]);
      const row = (name: string) => page.locator(".queue tr", { hasText: `Still ${name}` });
      await row("030").dragTo(row("040"), { targetPosition: { x: 300, y: 4 } });
      await order(page, ["030", "040", "020"]);
      await node("Still 020").getByText("Number 3 in the queue").waitFor();
      lease = await agent.lease();
      assert.equal(lease.spec.kind === "generate" && lease.spec.take.shot, "STILL-030");
    });
    await step("everything is cancelled at once, also what runs", async () => {
      await page.getByRole("button", { name: "Cancel all 3" }).click();
      await page.locator(".queue tr").nth(1).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Cancelling" }).waitFor();
      const { leases } = await agent.heartbeat({
        leases: [{ lease: lease.lease, progress: { stage: "Sampling", progress: 0.5 } }],
      });
      assert.equal(leases[0]?.verdict, "cancel");
      assert.ok((await agent.fail(lease, { class: "cancelled", message: "Stopped." })).ok);
      await page.getByText("Nothing is waiting. Generate puts work here.").waitFor();
    });
    await step("whoever looks after the machines needs no film for it", async () => {
      await page.goto(url);
      await page.locator("details.person summary").click();
      await page.getByRole("button", { name: "Fleet", exact: true }).click();
      const fleet = page.getByRole("table", { name: "Fleet" });
      await fleet.getByText("attic", { exact: true }).waitFor();
      await fleet.getByRole("button", { name: "Pause" }).click();
      await fleet.getByRole("button", { name: "Resume" }).click();
      await fleet.getByRole("button", { name: "Pause" }).waitFor();
      await page.getByRole("button", { name: "Add a GPU" }).click();
      await page.getByRole("button", { name: "Copy for Windows" }).click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /agent\.cmd join '.*' gms_join_/);
    });
    assert.deepEqual(open.complaints, []);
  },
);

/** Waits until the waiting jobs are shown in this order. */
async function order(page: Page, names: string[]): Promise<void> {
  await page.waitForFunction((names) => {
    const rows = [...document.querySelectorAll(".queue tr:has(.place .mono)")];
    return rows.length === names.length &&
      names.every((name, index) => rows[index]!.textContent!.includes(`Still ${name}`));
  }, names);
}

import assert from "node:assert/strict";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { findings } from "../testing/axe.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

const FREE = {
  default: "free",
  more: "Write to films@example.org for a larger plan.",
  plans: { free: { highest_tier: "standard", jobs_at_once: 2, storage_bytes: 2_000_000 }, house: {} },
};

/** SCREENSHOTS names a folder for pictures. */
Deno.test(
  {
    name: "the usage page says what a plan allows and what of it is used",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await build();
    const plans = await Deno.makeTempFile({ suffix: ".json" });
    await Deno.writeTextFile(plans, JSON.stringify(FREE));
    await using test = await openTestStudio({ env: { PLANS_FILE: plans } });
    await Deno.remove(plans);
    const url = await test.serve();
    const project = await test.makeProject("Fog");
    await test.studio.lfs.store(project, new Uint8Array(500_000));
    const still = { id: "still", type: "generate_image", title: "Lamp", shot: "STILL-010", prompt: "A lamp" };
    const put = await test.request(`/api/projects/${project.id}/canvas`, {
      method: "PUT",
      json: { graph: { nodes: [{ ...still, position: { x: 0, y: 0 } }], edges: [] } },
    });
    assert.equal(put.status, 200, await put.text());
    await using open = await openPage(`${url}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const step = stepsOf(t, page);
    const pictures = Deno.env.get("SCREENSHOTS");
    const look = async (name: string) => {
      for (const theme of pictures ? ["dark", "light"] : []) {
        await page.evaluate((theme) => document.documentElement.dataset.theme = theme, theme);
        await page.screenshot({ path: `${pictures}/plan-${name}-${theme}.png` });
      }
      assert.deepEqual(await findings(page), []);
    };
    const storage = page.getByRole("meter", { name: "Storage used" });

    await step("with room left", async () => {
      await page.goto(`${url}/usage`);
      await page.getByRole("heading", { name: "Plan: Free" }).waitFor();
      await page.getByText("500 kB of 2.0 MB used").waitFor();
      await page.getByText("0 of 2 run").waitFor();
      await page.getByText("Standard", { exact: true }).waitFor();
      assert.equal(await storage.getAttribute("aria-valuenow"), "25");
      await look("room");
    });
    await step("used up, and what to do", async () => {
      await test.studio.lfs.store(project, new Uint8Array(1_600_000));
      await page.reload();
      await page.getByText("Storage is used up").waitFor();
      await page.getByText("Write to films@example.org for a larger plan.").waitFor();
      assert.equal(await storage.getAttribute("aria-valuenow"), "100");
      await look("full");
    });
    await step("whoever asks for a take then is told so", async () => {
      await page.goto(`${url}/p/${project.slug}`);
      const node = page.locator(".node", { has: page.locator('header b[title="Lamp"]') });
      await node.waitFor();
      await node.click();
      await page.locator("aside.right").getByRole("button", { name: "Generate", exact: true }).click();
      await page.getByText("that is used up, so nothing new is made or uploaded").first().waitFor();
    });
    await step("a studio without limits is told nothing of plans", async () => {
      await test.studio.db.sql`update tenants set plan = 'house'`;
      await page.goto(`${url}/usage`);
      await page.getByText("Nothing was used").waitFor();
      assert.equal(await page.getByRole("heading", { name: /Plan/ }).count(), 0);
    });
    // The refusal itself is an answer that the browser writes into its console.
    assert.deepEqual(open.complaints.filter((each) => !each.includes("422")), []);
  },
);

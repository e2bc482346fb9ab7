import assert from "node:assert/strict";
import { build } from "../../ui/build.ts";
import { addTaker, leaseOf, openJobStudio, queue } from "../../gateway/jobs/testing.ts";
import { openPage, tell } from "../testing/browser.ts";

/** SCREENSHOTS names a folder for pictures of the page, in both themes. */
Deno.test(
  {
    name: "whoever looks after the studio sees why jobs wait and what failed, as it happens",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using test = await openJobStudio();
    const { jobs, auth, db } = test.studio;
    const base = await test.serve();
    const project = await test.makeProject("Salt");
    await using open = await openPage(`${base}/enter?token=${await auth.ownerLink()}`);
    const { page, complaints } = open;
    const pictures = Deno.env.get("SCREENSHOTS");
    const picture = async (name: string) => {
      if (!pictures) return;
      for (const theme of ["dark", "light"]) {
        await page.evaluate((theme) => document.documentElement.dataset.theme = theme, theme);
        await page.screenshot({ path: `${pictures}/operations-${name}-${theme}.png`, fullPage: true });
      }
    };
    await tell(page, async () => {
      await page.locator(".person summary").click();
      await page.getByRole("button", { name: "Operations" }).click();
      await page.getByText("Nothing waits and nothing runs.").waitFor();
      await page.getByText("Nothing failed.").waitFor();
      await page.getByText("No machine has joined.").waitFor();
      await page.getByText("Connections used").waitFor();
      await picture("empty");

      await queue(test, project, { count: 12, tier: "high" });
      const small = await addTaker(test, {
        agent_name: "Small",
        vram_mb: 16 * 1024,
        capabilities: ["flux-image@standard"],
      });
      await queue(test, project, { count: 2 });
      const job = (await jobs.take(small))!;
      await jobs.keepLog(small.agent_id, leaseOf(job), "Loading the model\nThe picture is torn");
      await jobs.fail(small.agent_id, leaseOf(job), { class: "invalid", message: "The picture is torn" });
      assert.ok(await jobs.take(small));
      await db.sql`
        insert into strikes (agent_id, tenant_id, runner, count, suspended_at)
        values (${small.agent_id}, ${small.tenant_id}, 'flux-fill', 3, now())`;
      // Nobody reloads the page.
      await page.getByText("12 jobs wait: no card with 24 GB is online.").waitFor();
      await page.getByText("Small (flux-fill)").waitFor();
      await page.locator(".failure", { hasText: "The picture is torn" }).locator("summary").click();
      await page.getByLabel(/^Log of /).getByText("Loading the model").waitFor();
      await picture("busy");

      await page.route("**/api/operations", (route) => route.abort());
      await page.getByText("The studio does not answer.").waitFor();
      await page.unroute("**/api/operations");
      await page.getByText("The studio does not answer.").waitFor({ state: "detached" });
      await page.getByRole("link", { name: "Salt" }).click();
      await page.waitForURL(`${base}/p/${project.id}`);
      await page.locator("#canvas").waitFor();
    });
    assert.deepEqual(complaints.filter((each) => !each.includes("ERR_FAILED")), []);
  },
);

import assert from "node:assert/strict";
import { build } from "../ui/build.ts";
import { addTaker, leaseOf, openJobStudio, queue } from "../gateway/jobs/testing.ts";
import { openPage, tell } from "../deploy/testing/browser.ts";

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

      await page.context().setOffline(true);
      await page.getByText("The studio does not answer.").waitFor();
      await page.context().setOffline(false);
      await page.getByText("The studio does not answer.").waitFor({ state: "detached" });
      assert.equal(await page.getByRole("link", { name: "Salt" }).getAttribute("href"), `/p/${project.id}`);
      page.on("requestfailed", (r) => console.log("failed", r.url(), r.failure()?.errorText));
      page.on("websocket", (w) => { console.log("ws", w.url()); w.on("close", () => console.log("ws closed", w.url())); });
      await page.getByRole("link", { name: "Salt" }).click(); await page.locator("#canvas").waitFor();
      
    });
    console.log("closing");
    await open[Symbol.asyncDispose]();
    console.log("closed");
    const t = setInterval(async () => { console.log("still", test.lines.at(-1)); console.log(new TextDecoder().decode((await new Deno.Command("bash", {args: ["-c", `cat /proc/net/tcp /proc/net/tcp6 | grep -i :$(printf %04X ${new URL(base).port})`]}).output()).stdout)); }, 5000);
    setTimeout(() => { console.log("HANGS"); Deno.exit(3); }, 9000);
    await test[Symbol.asyncDispose]();
    clearInterval(t); console.log("ended");
    Deno.exit(0);

    assert.deepEqual(complaints.filter((each) => !each.includes("ERR_FAILED")), []);
  },
);

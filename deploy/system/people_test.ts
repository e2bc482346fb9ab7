import assert from "node:assert/strict";
import { build } from "../../ui/build.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { openPage, tell } from "../testing/browser.ts";

const SHOT = {
  id: "shot-1",
  type: "shot",
  title: "SHOT-010",
  shot: "SHOT-010",
  prompt: "A pier in fog",
  position: { x: 0, y: 0 },
};

/** An owner's and a guest's way in, in a real browser, on a gateway without agents. */
Deno.test(
  { name: "people come in, and see what they may do", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await build();
    await using test = await openTestStudio();
    const base = await test.serve();
    const project = await test.makeProject("Salt");
    const made = await test.request(`/api/projects/${project.id}/canvas`, {
      method: "PATCH",
      json: { operations: [{ op: "add_node", node: SHOT }] },
    });
    assert.equal(made.status, 200, await made.text());
    await using open = await openPage(base);
    const { page } = open;
    // What comes after a failed step would only fail in its wake.
    const step = async (name: string, story: () => Promise<void>) => {
      if (!await t.step(name, story)) throw new Error(`stopped at: ${name}`);
    };
    let invitation = "";

    await step(
      "who is not signed in is told how to come in, and pastes a link",
      () =>
        tell(page, async () => {
          await page.getByRole("heading", { name: "Sign in" }).waitFor();
          await page.getByLabel("Link or access token").fill("hello");
          await page.getByRole("button", { name: "Sign in" }).click();
          await page.getByText("neither a link nor an access token").waitFor();
          const token = await test.studio.auth.ownerLink();
          await page.getByLabel("Link or access token").fill(`${base}/enter?token=${token}`);
          await page.getByRole("button", { name: "Sign in" }).click();
          await page.getByText("Salt", { exact: true }).waitFor();
        }),
    );
    await step(
      "the owner finds the people behind their name and invites a viewer",
      () =>
        tell(page, async () => {
          await page.locator(".person summary").click();
          await page.getByRole("button", { name: "People and access" }).click();
          await page.getByRole("heading", { name: "Who is here" }).waitFor();
          await page.getByLabel("Name", { exact: true }).fill("Vera");
          await page.getByLabel("Invited as").selectOption("viewer");
          await page.getByRole("button", { name: "Invite" }).click();
          const link = page.locator(".once code");
          await link.waitFor();
          invitation = (await link.innerText()).trim();
          await page.getByLabel("Role of Vera").waitFor();
          await page.getByRole("button", { name: "Done" }).click();
          await link.waitFor({ state: "detached" });
        }),
    );
    await step("a viewer sees the film and is offered no way to change it", async () => {
      const viewer = await open.another(invitation);
      await tell(viewer, async () => {
        await viewer.getByText("Salt", { exact: true }).click();
        await viewer.getByText("Only looking").waitFor();
        await viewer.locator(".node header").click();
        await viewer.getByLabel("Prompt").waitFor();
        assert.ok(await viewer.getByLabel("Prompt").isDisabled());
        assert.equal(await viewer.getByRole("button", { name: "Generate", exact: true }).count(), 0);
        assert.equal(await viewer.getByRole("button", { name: "Render film" }).count(), 0);
        await viewer.keyboard.press("Control+k");
        const command = viewer.getByRole("combobox", { name: "Command" });
        await command.fill("Preview");
        await viewer.getByRole("option", { name: "Preview the film" }).waitFor();
        await command.fill("Generate");
        await viewer.getByText("Nothing is called that").waitFor();
      });
      await tell(page, async () => {
        const row = page.getByRole("row").filter({ has: page.getByLabel("Role of Vera") });
        await row.getByRole("button", { name: "Take away access" }).click();
        await row.getByRole("button", { name: "Yes, at once" }).click();
        await page.getByLabel("Role of Vera").waitFor({ state: "detached" });
      });
      // The socket of their open page is closed for good: the page says so by itself.
      await tell(viewer, () => viewer.getByRole("heading", { name: "You are signed out" }).waitFor());
    });
    await step("an access token is shown once and signs another browser in", () =>
      tell(page, async () => {
        await page.getByLabel("What it is for").fill("laptop");
        await page.getByRole("button", { name: "Make a token" }).click();
        const token = (await page.locator(".once code").innerText()).trim();
        const other = await open.another(`${base}/people`);
        await tell(other, async () => {
          await other.getByLabel("Link or access token").fill(token);
          await other.getByRole("button", { name: "Sign in" }).click();
          await other.getByRole("heading", { name: "Where you are signed in" }).waitFor();
          await other.getByText("this one").waitFor();
          await other.getByText("signed in with an access token").waitFor();
          assert.equal(await other.locator(".once").count(), 0);
        });
      }));
    await step("the log tells it, and usage says that nothing was used", () =>
      tell(page, async () => {
        await page.reload();
        await page.getByText("Owner invited Vera as viewer.").waitFor();
        await page.getByText("Owner took away the access of Vera.").waitFor();
        await page.getByTitle("All films").click();
        await page.locator(".person summary").click();
        await page.getByRole("button", { name: "Usage" }).click();
        await page.getByText("Nothing was used").waitFor();
      }));
  },
);

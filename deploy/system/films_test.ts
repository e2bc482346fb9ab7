import assert from "node:assert/strict";
import { png } from "../../gateway/assets/testing.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

/** The page of all films: begun from a template, renamed, duplicated, put away and brought back, found among many. */
Deno.test(
  { name: "an artist keeps order among many films", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    await using open = await openPage(`${url}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const step = stepsOf(t, page);
    const card = (title: string) => page.getByRole("article", { name: title, exact: true });
    const does = async (title: string, what: string) => {
      await card(title).hover();
      await card(title).getByTitle(what).click();
    };

    await step("begins one from the four-shot animatic", async () => {
      await page.getByRole("button", { name: "Try a four-shot animatic" }).click();
      await page.getByLabel("Title").fill("The storm");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Generate all 4" }).waitFor();
      await page.getByText("0 of 4 shots ready").waitFor();
      await page.getByTitle("All films").click();
    });
    await step("renames it, by mouse and by keyboard alone", async () => {
      await does("The storm", "Rename");
      await page.getByLabel("Title of the film").fill("The Storm 🌊");
      await page.getByLabel("Title of the film").press("Enter");
      await card("The Storm 🌊").waitFor();
      await card("The Storm 🌊").getByRole("link").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.keyboard.type("The Storm");
      await page.keyboard.press("Enter");
      await card("The Storm").waitFor();
    });
    await step("sees its poster, duplicates it, and names the copy", async () => {
      const { items } = await (await test.request("/api/projects")).json();
      const agent = await test.joinAgent();
      await test.request(`/api/projects/${items[0].id}/jobs`, {
        method: "POST",
        json: { node_id: "shot-010" },
      });
      const lease = await agent.lease();
      const poster = await agent.upload(lease, png(64, 36));
      assert.ok((await agent.complete(lease, { body: { poster } })).ok);
      await page.reload();
      await page.waitForFunction(() => {
        const poster = document.querySelector(".card .poster");
        return poster && getComputedStyle(poster).backgroundImage.startsWith("url(");
      });
      await does("The Storm", "Duplicate");
      await page.getByLabel("Title of the film").fill("The Storm, at night");
      await page.getByLabel("Title of the film").press("Enter");
      await card("The Storm, at night").getByRole("link").click();
      await page.getByText("0 of 4 shots ready").waitFor();
      await page.getByTitle("All films").click();
    });
    await step("puts one away, takes that back, puts it away again and brings it back", async () => {
      await does("The Storm, at night", "Archive");
      await card("The Storm, at night").waitFor({ state: "detached" });
      await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
      await card("The Storm, at night").waitFor();
      await does("The Storm, at night", "Archive");
      await card("The Storm, at night").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Archived" }).click();
      await does("The Storm, at night", "Bring back");
      await page.getByText("Nothing is archived").waitFor();
      await page.getByRole("button", { name: "Back to films" }).click();
      await card("The Storm, at night").waitFor();
    });
    await step("finds one among many", async () => {
      for (const title of ["Salt", "Iron", "Gulls", "Low Water", "ليل"]) await test.makeProject(title);
      await page.reload();
      await page.getByLabel("Search films").fill("storm night");
      await card("Salt").waitFor({ state: "detached" });
      assert.equal(await page.locator(".card").count(), 1);
      await page.getByLabel("Search films").fill("ليل");
      await card("ليل").waitFor();
      await page.getByLabel("Search films").fill("nothing like it");
      await page.getByText("No film is called that.").waitFor();
    });
    assert.deepEqual(open.complaints, []);
  },
);

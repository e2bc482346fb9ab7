import assert from "node:assert/strict";
import { mustGit } from "../../gateway/git/testing.ts";
import { build } from "../../ui/build.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { makeTake } from "../../gateway/takes/testing.ts";
import { openPage, tell } from "../testing/browser.ts";

/** The way back, in a real browser: what a version changed, one node as it was before, a milestone. */
Deno.test(
  {
    name: "an artist reads the history of a film and goes back in it",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const project = await test.makeProject("The Lighthouse Keeper");
    const put = async (prompt: string) => {
      const nodes = ["1", "2"].map((n) => ({
        id: `shot_${n}`,
        type: "shot",
        title: `Shot ${n}`,
        position: { x: 300 * Number(n), y: 40 },
        shot: `SHOT-${n}`,
        prompt,
        seed: prompt.length,
      }));
      const answer = await test.request(`/api/projects/${project.id}/canvas`, {
        method: "PUT",
        json: { graph: { nodes, edges: [] } },
      });
      if (answer.status !== 200) throw new Error(await answer.text());
      await test.studio.git.settle(project.id);
    };
    await put("A lamp in the fog");
    await makeTake(test, project, { node: "shot_1" });
    await test.studio.git.settle(project.id);
    await put("Rain");

    const token = await test.studio.auth.ownerLink();
    await using open = await openPage(`${url}/enter?token=${token}`);
    const { page } = open;
    await tell(page, async () => {
      await page.getByText("The Lighthouse Keeper").first().click();
      await page.getByRole("tab", { name: "History" }).click();
      await page.getByRole("button", { name: "Update project.json" }).first().click();
      await page.getByText('"Shot 1": prompt "A lamp in the fog" → "Rain"; seed 17 → 4.').waitFor();
      await page.getByRole("button", { name: "As it was before" }).first().click();
      await page.getByText("Shot 1 is as it was then.").waitFor();
      await page.locator(".node header", { has: page.locator('b[title="Shot 1"]') }).click();
      await page.waitForFunction(() =>
        [...document.querySelectorAll("textarea")].some((text) => text.value === "A lamp in the fog")
      );

      await page.getByRole("button", { name: "Mark a milestone" }).click();
      await page.getByLabel("Name of the milestone").fill("Director's cut");
      await page.getByRole("button", { name: "Mark", exact: true }).click();
      await page.locator(".milestone", { hasText: "Directors-cut" }).waitFor();
      // What the page shows is enough for git.
      await page.getByRole("button", { name: "Clone with Git" }).click();
      const address = (await page.locator(".clone-command").innerText()).replace("git clone ", "");
      const clone = new URL(address);
      clone.username = "anybody";
      clone.password = await page.locator(".clone-password").innerText();
      const folder = await Deno.makeTempDir({ prefix: "studio-history-" });
      try {
        await mustGit(folder, ["clone", "--quiet", clone.href, "film"]);
        assert.equal((await mustGit(`${folder}/film`, ["tag"])).trim(), "Directors-cut");
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Export", exact: true }).click();
      await page.getByRole("link", { name: /With media/ }).click();
      assert.match((await download).suggestedFilename(), /^The-Lighthouse-Keeper.*\.zip$/);
    });
  },
);

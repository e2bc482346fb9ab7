import assert from "node:assert/strict";
import { png } from "../../gateway/assets/testing.ts";
import { branchesOf, set, shot } from "../../gateway/branches/testing.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import { makeTake } from "../../gateway/takes/testing.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { openPage, tell } from "../testing/browser.ts";

/** A still of one grey as a take of the keeper, chosen. */
async function chooseStill(test: TestStudio, on: ProjectRow, grey: number): Promise<void> {
  const file = { ...await test.studio.lfs.store(on, png(320, 180, grey)), extension: "png" as const };
  const take = await makeTake(test, on, { node: "shot_1", output: "image" }, { file });
  await test.studio.takes.activate(on, take.id, "Ada");
}

/** Directions of a film, in a real browser: begin, change, compare, conflict, choose, merge, discard, bring back. */
Deno.test(
  {
    name: "an artist tries another direction, and takes what is good",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const project = await test.makeProject("The Lighthouse Keeper");
    const it = branchesOf(test, project);
    await it.draw(
      "main",
      shot("1", { id: "shot_1", title: "The keeper", position: { x: 40, y: 40 } }),
      shot("2", { title: "The storm", position: { x: 340, y: 40 } }),
    );
    await chooseStill(test, project, 60);
    await test.studio.git.settle(project.id);

    const token = await test.studio.auth.ownerLink();
    await using open = await openPage(`${url}/enter?token=${token}`);
    const { page, complaints } = open;
    const shots = Deno.env.get("STUDIO_SCREENSHOTS");
    const shoot = async (name: string) => {
      if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
    };
    const menu = () => page.locator(".branch-menu > summary").click();
    const prompt = () => page.locator("textarea").first();
    await tell(page, async () => {
      await page.getByText("The Lighthouse Keeper").first().click();
      await menu();
      await page.getByRole("button", { name: "New branch from here" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Warmer look");
      await shoot("new");
      await page.getByRole("button", { name: "Begin" }).click();
      await page.waitForURL("**/b/warmer-look");
      await page.locator(".branch-title", { hasText: "Warmer look" }).waitFor();

      // What is changed here stays here.
      await page.locator(".node header", { has: page.locator('b[title="The keeper"]') }).click();
      await prompt().fill("Amber light");
      await prompt().press("Tab");
      await page.getByText("Saved", { exact: true }).waitFor();
      const look = await it.at("warmer-look");
      await chooseStill(test, look, 200);
      await it.change(
        "warmer-look",
        set("shot-2", { position: { x: 420, y: 260 } }),
        { op: "add_node", node: shot("3", { title: "The dawn", position: { x: 640, y: 40 } }) as never },
      );
      await it.change("main", set("shot_1", { prompt: "Blue hour" }));
      await chooseStill(test, project, 120);
      assert.deepEqual((await it.shots("main")).map((node) => node.prompt), [
        "A lamp in the fog",
        "Blue hour",
      ]);

      await menu();
      await shoot("menu");
      await page.getByRole("button", { name: "Compare…" }).click();
      await page.getByRole("button", { name: "The dawn: added" }).waitFor();
      await page.getByRole("button", { name: "The storm: moved" }).waitFor();
      await page.getByRole("button", { name: "The keeper: changed" }).click();
      const row = page.locator(".node-difference.chosen tr", { hasText: "prompt" });
      assert.deepEqual(await row.locator("td").allInnerTexts(), ["Blue hour", "Amber light"]);
      assert.equal(await page.locator(".take-pair img").count(), 2);
      await page.waitForFunction(() =>
        [...document.querySelectorAll<HTMLImageElement>(".take-pair img")].every((each) =>
          each.naturalWidth > 0
        )
      );
      await shoot("compare");

      // Both changed the prompt and the take: nothing is merged before somebody has chosen.
      await page.getByRole("button", { name: "Merge Warmer look into Main" }).click();
      await page.getByText("2 choices to make").waitFor();
      const merge = page.getByRole("button", { name: "Merge", exact: true });
      assert.ok(await merge.isDisabled());
      await shoot("conflicts");
      const conflict = (words: string) => page.locator(".conflict", { hasText: words });
      await conflict("prompt differs").getByRole("button", { name: "Warmer look" }).click();
      await page.getByText("1 choice to make").waitFor();
      await conflict("another take chosen").getByRole("button", { name: "Main" }).click();
      await page.getByText('"The keeper": prompt "Blue hour" → "Amber light".').waitFor();
      await shoot("chosen");
      await merge.click();
      await page.getByText("Warmer look is merged into Main.").waitFor();
      await page.waitForURL((address) => !address.pathname.includes("/b/"));
      await page.locator('b[title="The dawn"]').waitFor();
      assert.equal((await it.manifest("main")).shots["SHOT-1"]!.active, "SHOT-1_v01_take03");
      await page.getByRole("tab", { name: "History" }).click();
      await page.getByRole("button", { name: "Merge Warmer look into Main" }).waitFor();
      await shoot("merged");

      // Back in time: the list tells of it by itself.
      await page.getByRole("button", { name: "Merge Warmer look into Main" }).click();
      const lines = await page.locator(".history-line").count();
      await page.getByRole("button", { name: "As it was before" }).first().click();
      await page.waitForFunction(
        (before) => document.querySelectorAll(".history-line").length > before,
        lines,
      );

      // Somebody else is at it, and is told.
      const invited = await test.studio.auth.ownerLink();
      const other = await open.another(`${url}/enter?token=${invited}`);
      await other.goto(`${url}/p/${project.slug}/b/warmer-look`);
      await other.locator('b[title="The dawn"]').waitFor();
      await menu();
      await page.getByRole("button", { name: "Discard Warmer look" }).click();
      await other.getByText("This branch was discarded by Owner.").waitFor();
      if (shots) await other.screenshot({ path: `${shots}/gone.png` });
      await page.getByText("Warmer look is discarded.").waitFor();
      await menu();
      await page.getByText("Discarded (1)").click();
      await shoot("discarded");
      await page.locator(".discarded").getByRole("button", { name: "Bring back" }).click();
      await page.waitForURL("**/b/warmer-look");
      await other.getByText("This branch was discarded").waitFor({ state: "detached" });
      await page.locator('b[title="The dawn"]').waitFor();
      await page.locator(".node header", { has: page.locator('b[title="The keeper"]') }).click();
      await page.waitForFunction(() =>
        [...document.querySelectorAll("textarea")].some((text) => text.value === "Amber light")
      );
      await shoot("back");
      if (shots) {
        await page.evaluate(() => document.documentElement.dataset.theme = "light");
        await page.keyboard.press("Escape");
        await menu();
        await page.getByRole("button", { name: "Compare…" }).click();
        await page.getByRole("button", { name: /: changed|: added|: moved/ }).first().waitFor();
        await shoot("light");
      }
    });
    assert.deepEqual(complaints, []);
  },
);

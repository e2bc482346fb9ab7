import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { png } from "../../gateway/assets/testing.ts";
import { mustGit, until } from "../../gateway/git/testing.ts";
import { canvasOf, picture, putCanvas } from "../../gateway/library/testing.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { build } from "../../ui/build.ts";
import { openPage, tell } from "../testing/browser.ts";

/** One studio, two films, two windows: what one film publishes, another uses, and what others lock or push is seen at once. */
Deno.test(
  {
    name:
      "artists share a character and a template by the library, take the newer version, and heed each other's locks",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const film = await test.makeProject("The Lighthouse Keeper");
    const storm = await test.makeProject("The Storm");
    const front = await picture(test, film, "keeper.png", 90);
    const side = await picture(test, film, "side.png", 200);
    const shot = (n: number) => ({
      id: `shot_${n}`,
      type: "shot",
      title: `SHOT-0${n}0`,
      shot: `SHOT-0${n}0`,
      position: { x: 300 * n, y: 380 },
      prompt: `Wave ${n}`,
      parent: "waves",
    });
    await putCanvas(test, film, {
      nodes: [
        {
          id: "keeper",
          type: "asset",
          title: "The Keeper",
          position: { x: 0, y: 0 },
          description: "Grey beard",
          images: [front],
        },
        {
          id: "waves",
          type: "group",
          title: "Two waves",
          position: { x: 250, y: 300 },
          size: { width: 620, height: 320 },
        },
        shot(1),
        shot(2),
      ],
      edges: [
        { id: "e", source: "shot_1", source_port: "shot", target: "shot_2", target_port: "previous" },
      ],
    });

    const enter = async () => `${url}/enter?token=${await test.studio.auth.ownerLink()}`;
    await using open = await openPage(await enter());
    const { page } = open;
    const other = await open.another(await enter());
    const step = async (name: string, on: Page, story: () => Promise<void>) => {
      if (!await t.step(name, () => tell(on, story))) throw new Error(`stopped at: ${name}`);
    };
    const node = (title: string, on = page) =>
      on.locator(".node", { has: on.locator(`header b[title="${title}"]`) });
    const entry = (title: string) => page.locator(".media-entry", { hasText: title });
    const publish = async (on: Page) => {
      await on.getByRole("menuitem", { name: "Publish to the library" }).click();
      await on.getByRole("dialog", { name: "Publish to the library" }).waitFor();
    };

    await step("publishes a character and a group from their menus", other, async () => {
      await other.getByText("The Lighthouse Keeper").first().click();
      await node("The Keeper", other).locator("header b").click({ button: "right" });
      await publish(other);
      await other.getByLabel("Tags").fill("sea, old man");
      await other.getByRole("button", { name: "Publish", exact: true }).click();
      await other.getByText("The Keeper is in the library, version 1.").waitFor();
      await other.locator('b[title="Two waves"]').click({ button: "right" });
      await publish(other);
      await other.getByLabel("Tags").fill("sea");
      await other.getByRole("button", { name: "Publish", exact: true }).click();
      await other.getByText("Two waves is in the library, version 1.").waitFor();
    });

    await step("finds them by folder, word and tag from another film, and uses both", page, async () => {
      await page.getByText("The Storm").first().click();
      await page.getByText("An empty canvas").waitFor();
      await page.getByRole("tab", { name: "Library" }).click();
      await page.getByRole("button", { name: "Pipeline templates" }).click();
      await entry("Two waves").click();
      await node("SHOT-020").waitFor();
      await page.getByRole("button", { name: "Pipeline templates" }).click();
      await page.getByRole("button", { name: "old man" }).click();
      await entry("The Keeper").waitFor();
      await page.getByLabel("Search the library").fill("lighthouse");
      await page.getByText("Nothing here is called that").waitFor();
      await page.getByLabel("Search the library").fill("keep");
      await entry("The Keeper").dragTo(node("SHOT-010"));
      await node("The Keeper").waitFor();
      // One gesture, wires and all.
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+z");
      await node("The Keeper").waitFor({ state: "detached" });
      await page.keyboard.press("Control+Shift+Z");
      await node("The Keeper").locator("img").waitFor();
      // Of one look: the studio is told of undo and redo one after the other.
      let seen = await canvasOf(test, storm);
      await until("the film has both", async () => (seen = await canvasOf(test, storm)).edges.length === 2);
      const { nodes, edges } = seen;
      const { items } = await (await test.request("/api/library/items")).json();
      const [template, character] = items;
      assert.deepEqual(
        nodes.map((each) => [each.type, each.library?.item, each.library?.version, each.library?.part])
          .sort(),
        [
          ["asset", character.id, 1, "keeper"],
          ["group", template.id, 1, "waves"],
          ["shot", template.id, 1, "shot_1"],
          ["shot", template.id, 1, "shot_2"],
        ],
      );
      assert.deepEqual(edges.map((edge) => edge.target_port).sort(), ["assets", "previous"]);
    });

    await step("changes the character here, and publishes a second version there", other, async () => {
      await node("The Keeper").locator("header b").click();
      await page.getByRole("textbox", { name: "Description" }).fill("Young");
      await page.locator(".topbar h1").click();
      await node("The Keeper", other).locator("header b").click();
      await other.getByRole("textbox", { name: "Description" }).fill("Grey beard, he limps");
      await other.locator(".topbar h1").click();
      await until("the film says what was typed", async () => {
        const { nodes } = await canvasOf(test, film);
        return nodes.some((each) => each.type === "asset" && each.description === "Grey beard, he limps");
      });
      const graph = await canvasOf(test, film);
      const keeper = graph.nodes.find((each) => each.id === "keeper")!;
      assert.ok(keeper.type === "asset");
      keeper.images.push(side);
      await putCanvas(test, film, graph);
      await node("The Keeper", other).getByText("2 pictures").waitFor();
      await node("The Keeper", other).locator("header b").click({ button: "right" });
      await publish(other);
      await other.getByRole("button", { name: "Version 2 of The Keeper" }).waitFor();
      await other.getByLabel("What is new").fill("He limps");
      await other.getByRole("button", { name: "Publish", exact: true }).click();
      await other.getByText("The Keeper is in the library, version 2.").waitFor();
    });

    await step("is offered it, asked about what both changed, and takes it as one step", page, async () => {
      await page.getByText("Version 2 is newer: He limps").waitFor();
      await page.getByRole("button", { name: "Version 2 of The Keeper is newer" }).click();
      await page.getByText("The Keeper: pictures 1 picture → 2 pictures.").waitFor();
      await page.getByLabel("Keep yours: “Young”").waitFor();
      await page.getByLabel("Take theirs: “Grey beard, he limps”").check();
      const place = (await canvasOf(test, storm)).nodes.find((each) => each.type === "asset")!.position;
      await page.getByRole("button", { name: "Take version 2" }).click();
      await node("The Keeper").getByText("2 pictures").waitFor();
      await page.waitForFunction(() =>
        [...document.querySelectorAll("textarea")].some((text) => text.value === "Grey beard, he limps")
      );
      await page.getByRole("region", { name: "From the library" }).getByText("version 2").waitFor();
      await page.locator('[title="Undo: Take version 2 of The Keeper"]').waitFor();
      const asset = async () => (await canvasOf(test, storm)).nodes.find((each) => each.type === "asset")!;
      await until("the film is at version 2", async () => (await asset()).library?.version === 2);
      assert.deepEqual((await asset()).position, place);
    });

    await step(
      "sees whose lock is on a picture, cannot take it out, and breaks the lock as owner",
      page,
      async () => {
        const path = "01_Assets/Images/keeper.png";
        const locked = await test.request(`/api/projects/${storm.id}/locks`, {
          method: "POST",
          json: { path },
        }, "artist");
        assert.equal(locked.status, 201);
        await page.getByRole("img", { name: "Locked by Test artist: keeper.png" }).first().waitFor();
        await page.locator(".right .pictures figure").first().hover();
        await page.getByRole("button", { name: "Take picture 1 out" }).click();
        await page.getByText(`${path} is locked by Test artist. Ask them to unlock it`).waitFor();
        await node("The Keeper").getByText("2 pictures").waitFor();
        await page.getByRole("button", { name: "Break the lock" }).click();
        await page.getByRole("img", { name: "Locked by Test artist: keeper.png" }).waitFor({
          state: "detached",
        });
        await page.getByRole("button", { name: "Lock its files" }).click();
        await page.getByRole("img", { name: "Locked by you: keeper.png, side.png" }).waitFor();
      },
    );

    await step("goes on typing while a push brings a file and changes another node", page, async () => {
      const folder = await Deno.makeTempDir({ prefix: "studio-library-" });
      try {
        await test.studio.git.settle(storm.id);
        const address = `${url}/git/${storm.tenant_slug}/${storm.slug}.git`.replace(
          "://",
          `://artist:${test.tokens.artist}@`,
        );
        await mustGit(folder, ["clone", "--quiet", address, "storm"]);
        const clone = join(folder, "storm");
        const plate = await test.studio.lfs.store(storm, png(48, 32, 160));
        await Deno.writeTextFile(join(clone, "01_Assets/Images/plate.png"), writePointer(plate));
        const manifest = JSON.parse(await Deno.readTextFile(join(clone, "project.json")));
        const group = manifest.canvas.nodes.find((each: { type: string }) => each.type === "group");
        group.title = "Two high waves";
        await Deno.writeTextFile(join(clone, "project.json"), JSON.stringify(manifest, null, 2));
        await mustGit(clone, ["add", "--all"]);
        await mustGit(clone, ["commit", "--quiet", "-m", "A plate"]);

        await page.getByRole("tab", { name: "Project media" }).click();
        await page.getByRole("button", { name: "Project files" }).click();
        await page.getByRole("button", { name: "01_Assets" }).click();
        await page.getByRole("button", { name: "Images" }).click();
        await entry("keeper.png").waitFor();
        await page.getByRole("textbox", { name: "Description" }).pressSequentially(" and he");
        await mustGit(clone, ["push", "--quiet"]);
        await entry("plate.png").locator("img").waitFor();
        await page.locator('b[title="Two high waves"]').waitFor();
        await page.getByRole("textbox", { name: "Description" }).pressSequentially(" sings");
        assert.match(await page.getByRole("textbox", { name: "Description" }).inputValue(), / and he sings$/);
        await page.locator(".topbar h1").click();
        await until("the film has what was typed meanwhile", async () => {
          const { nodes } = await canvasOf(test, storm);
          return nodes.some((each) => each.type === "asset" && each.description.endsWith(" and he sings"));
        });
        await entry("plate.png").click();
        await node("plate").locator("img").waitFor();
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
    assert.deepEqual(open.complaints, []);
  },
);

import assert from "node:assert/strict";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";

/** A film without a pointer: nothing in this story is clicked. */
Deno.test(
  { name: "an artist works with the keyboard alone", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using artist = await openArtist();
    const { page } = artist;
    const { keyboard } = page;
    const step = stepsOf(t, page);
    const node = (title: string) =>
      page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
    const selected = (title: string) =>
      page.locator(".react-flow__node.selected", { has: node(title) }).waitFor();
    const focused = (selector: string) => page.locator(`${selector}:focus`).waitFor();
    const add = async (words: string) => {
      await keyboard.press("Tab");
      await focused(".search input");
      await keyboard.type(words);
      await keyboard.press("Enter");
      await focused("#canvas");
    };
    /** Tab, until what is named so has the focus. */
    const tabTo = async (name: RegExp) => {
      for (let times = 0; times < 40; times++) {
        const text = await page.evaluate(() => {
          const here = document.activeElement as HTMLElement | null;
          return here?.getAttribute("aria-label") ?? here?.title ?? here?.innerText ?? "";
        });
        const words = await page.evaluate(() =>
          (document.activeElement as HTMLElement | null)?.innerText ?? ""
        );
        if (name.test(text) || name.test(words)) return;
        await keyboard.press("Tab");
      }
      throw new Error(`Tab never came to ${name}`);
    };

    await step("begins a film", async () => {
      await page.getByText("No film yet").waitFor();
      await tabTo(/^New film/);
      await keyboard.press("Enter");
      await focused('input[name="title"]');
      await keyboard.type("By hand");
      await keyboard.press("Enter");
      await focused("#canvas");
    });
    await step("adds nodes, goes along them and moves one", async () => {
      await add("generate image");
      await selected("Generate image");
      await add("edit image");
      await selected("Edit image");
      // It was wired to what was selected.
      await keyboard.press("ArrowLeft");
      await selected("Generate image");
      await page.getByText(/Generate image, Generate image, to Edit image/).waitFor({ state: "attached" });
      await keyboard.press("Alt+ArrowDown");
      await page.locator('[title="Undo: Move Generate image"]').first().waitFor();
      await keyboard.press("Control+z");
      await page.locator('[title="Redo: Move Generate image"]').first().waitFor();
      await keyboard.press("Escape");
      await page.locator(".right").getByText("Select a node to write its prompt").waitFor();
      await add("shot");
      await selected("SHOT-010");
    });
    await step("takes a wire away and lays another, by name", async () => {
      await keyboard.press("c");
      await focused("dialog.search input");
      await keyboard.type("generate image shot");
      await keyboard.press("Enter");
      await page.locator(".react-flow__edge").nth(1).waitFor({ state: "attached" });
      await focused("#canvas");
      await add("assembler");
      await page.getByText("0 of 1 shots ready").waitFor();
      await keyboard.press("c");
      await page.getByRole("option", { name: "Remove: SHOT-010 to Assembler" }).waitFor();
      await keyboard.press("Escape");
      await focused("#canvas");
      // Keys that come faster than a screen is drawn are the dialog's, too.
      for (let times = 0; times < 5; times++) {
        await keyboard.press("c");
        await keyboard.press("Escape");
      }
      await focused("#canvas");
      await page.locator("dialog").waitFor({ state: "detached" });
    });
    await step("writes a prompt, generates, and makes another take the active one", async () => {
      await keyboard.press("Control+k");
      await focused("dialog.search input");
      await keyboard.type("go to generate image");
      await keyboard.press("Enter");
      await selected("Generate image");
      await focused("#canvas");
      await keyboard.press("Enter");
      await focused(".right textarea");
      await keyboard.type("A pier in fog");
      // All commands are at hand there, too; what can be added is among them.
      await keyboard.press("Control+k");
      await focused("dialog.search input");
      await keyboard.type("add assembler");
      await page.getByRole("option", { name: "Add Assembler" }).waitFor();
      await keyboard.press("Escape");
      await focused(".right textarea");
      // From within what is written, and from the canvas.
      await keyboard.press("Control+Enter");
      await page.locator('[title="Undo: Write the prompt"]').first().waitFor();
      await page.locator(".right .take").first().waitFor({ timeout: 60_000 });
      await focused(".right textarea");
      await keyboard.press("Escape");
      await focused("#canvas");
      await keyboard.press("Control+Enter");
      await page.locator(".right .take").nth(1).waitFor({ timeout: 60_000 });
      assert.equal(await page.locator(".right .take").count(), 2);
      await keyboard.press("t");
      await focused(".right .take");
      await keyboard.press("Home");
      await keyboard.press("Enter");
      await keyboard.press("ArrowRight");
      await keyboard.press("Enter");
      await keyboard.press("c");
      await page.getByRole("dialog", { name: "Compare two takes" }).waitFor();
      await keyboard.press("Escape");
      // What had the focus has it again.
      await focused(".right .take");
      await keyboard.press("Home");
      await keyboard.press("a");
      await page.getByRole("option", { name: /take 02.* active/ }).waitFor();
      await keyboard.press("Escape");
      await focused("#canvas");
    });
    await step("paints a mask", async () => {
      await keyboard.press("ArrowRight");
      await selected("Edit image");
      await keyboard.press("Enter");
      await tabTo(/^Paint a mask/);
      await keyboard.press("Enter");
      await focused(".painter-stage");
      await page.locator(".painter canvas.mask").waitFor();
      for (const key of ["f", "i", "Control+z", "Shift+ArrowRight", "Enter"]) await keyboard.press(key);
      await keyboard.press("Control+s");
      await page.locator(".right .mask-picture img").waitFor();
    });
    await step("goes through the parts of the page, and finds all keys on a sheet", async () => {
      await keyboard.press("Escape");
      await focused("#canvas");
      await keyboard.press("F6");
      await focused(".right *");
      await keyboard.press("F6");
      await focused("#dock-Queue");
      await keyboard.press("ArrowRight");
      await focused("#dock-Fleet");
      await page.getByRole("tabpanel", { name: "Fleet" }).waitFor();
      await keyboard.press("Shift+F6");
      await keyboard.press("Shift+F6");
      await focused("#canvas");
      await keyboard.press("?");
      const sheet = page.getByRole("dialog", { name: "Keys" });
      await sheet.getByText("Connect or disconnect").waitFor();
      await sheet.getByText("Alt+arrow").waitFor();
      await keyboard.press("Escape");
      await focused("#canvas");
    });
    await step("is told when a part cannot be had any more, and loses nothing", async () => {
      await page.route(/\/over-[^/]*\.js/, (route) => route.fulfill({ status: 404 }));
      await page.reload();
      // The film opens where it was looked at.
      await node("Generate image").waitFor();
      await keyboard.press("Control+k");
      await page.getByText("The studio was updated since this page was opened.").waitFor();
      await focused("#canvas");
      await keyboard.press("ArrowRight");
      await selected("Generate image");
    });
    assert.deepEqual(artist.complaints.filter((each) => !each.includes("404")), []);
  },
);

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { openArtist } from "../testing/artist.ts";
import { tell } from "../testing/browser.ts";

/** The artist's way from nothing to a film, in a real browser with a real agent. */
Deno.test(
  { name: "an artist makes a film on the canvas", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using artist = await openArtist();
    const { page, complaints, node } = artist;
    // What comes after a failed step would only fail in its wake.
    const step = async (name: string, story: () => Promise<void>) => {
      if (!await t.step(name, story)) throw new Error(`stopped at: ${name}`);
    };

    await step("begins a film from the empty projects page", () =>
      tell(page, async () => {
        await page.getByText("No film yet").waitFor();
        await page.getByRole("button", { name: "New film" }).first().click();
        await page.getByLabel("Title").fill('Salt & "Iron" 🌊');
        await page.getByLabel("Picture").selectOption("1280 × 720");
        await page.getByRole("button", { name: "Begin" }).click();
        await page.getByText("An empty canvas").waitFor();
      }));
    await step("adds a chain of two shots and an assembler", () =>
      tell(page, async () => {
        await page.getByRole("button", { name: "Add the first shot" }).click();
        await node("SHOT-010").waitFor();
        await page.locator(".left .palette-entry", { hasText: "Shot" }).click();
        await node("SHOT-020").waitFor();
        await page.locator(".left .palette-entry", { hasText: "Assembler" }).click();
        await node("Assembler").waitFor();
        await page.getByText("0 of 2 shots ready").waitFor();
        await page.getByText("Saved", { exact: true }).waitFor();
        await page.getByRole("button", { name: "Fit" }).click();
        await node("SHOT-010").waitFor();
      }));
    await step("writes prompts and generates takes", () =>
      tell(page, async () => {
        for (
          const [title, prompt] of [["SHOT-010", "A pier in fog"], [
            "SHOT-020",
            "A hand on a rope",
          ]] as const
        ) {
          await node(title).locator("header").click();
          await page.getByLabel("Prompt").fill(prompt);
          await page.getByLabel("Duration").fill("24");
          await page.getByLabel("Duration").press("Enter");
          await page.getByRole("button", { name: "Generate", exact: true }).click();
        }
        await page.locator(".right .take.active").waitFor({ timeout: 60_000 });
        await node("SHOT-010").locator(".picture img").waitFor({ timeout: 60_000 });
      }));
    await step("makes a second take and chooses it", () =>
      tell(page, async () => {
        await page.getByRole("button", { name: "Generate", exact: true }).click();
        const second = page.getByRole("option", { name: /take 02/ });
        await second.waitFor({ timeout: 60_000 });
        await second.dblclick();
        await page.getByRole("option", { name: /take 02.* active/ }).waitFor();
      }));
    await step("compares the two", () =>
      tell(page, async () => {
        // With none chosen it is the active one against the newest other.
        await page.getByRole("button", { name: "Compare" }).click();
        await page.getByRole("dialog", { name: "Compare two takes" }).getByText("A · take 2").waitFor();
        await page.keyboard.press("Escape");
        // The double click chose and let go; both are chosen now.
        for (const label of [/take 01/, /take 02.* active/]) {
          await page.getByRole("option", { name: label }).click();
        }
        await page.getByRole("button", { name: "Compare" }).click();
        await page.getByRole("dialog", { name: "Compare two takes" }).waitFor();
        await page.locator(".compare .differs th", { hasText: "seed" }).waitFor();
        await page.getByRole("button", { name: "Wipe" }).click();
        await page.getByLabel("Where the two meet").fill("20");
        await page.waitForFunction(() =>
          getComputedStyle(document.querySelector(".compare .sides > :nth-child(2)")!).clipPath.includes(
            "20%",
          )
        );
        await page.getByRole("button", { name: "Difference" }).click();
        await page.waitForFunction(() =>
          getComputedStyle(document.querySelector(".compare .sides > :nth-child(2)")!).mixBlendMode ===
            "difference"
        );
        await page.keyboard.press("Escape");
      }));
    await step("undoes and redoes a move as one step each", () =>
      tell(page, async () => {
        const place = async () => (await node("SHOT-010").boundingBox())!;
        const before = await place();
        await page.mouse.move(before.x + 80, before.y + 14);
        await page.mouse.down();
        await page.mouse.move(before.x + 80, before.y + 90, { steps: 6 });
        await page.mouse.up();
        await page.locator('[title="Undo: Move SHOT-010"]').first().waitFor();
        const moved = await place();
        assert.ok(moved.y - before.y > 40, `moved by ${moved.y - before.y}`);
        await page.keyboard.press("Control+z");
        await page.locator('[title="Redo: Move SHOT-010"]').first().waitFor();
        assert.ok(Math.abs((await place()).y - before.y) < 2);
        await page.keyboard.press("Control+Shift+Z");
        await page.locator('[title="Undo: Move SHOT-010"]').first().waitFor();
      }));
    await step("renders the film and plays it", () =>
      tell(page, async () => {
        await page.getByRole("button", { name: "Render film" }).first().click();
        await node("Assembler").locator("header").click();
        const player = page.locator("video.player");
        await player.waitFor({ timeout: 60_000 });
        await page.waitForFunction(() => {
          const video = document.querySelector<HTMLVideoElement>("video.player");
          return video && video.readyState >= 1 && Math.abs(video.duration - 2) < 0.05;
        });
      }));
    await step("takes in an editor's cut after seeing what it changes", () =>
      tell(page, async () => {
        await page.getByLabel("Fade in").fill("6");
        await page.getByLabel("Fade in").press("Enter");
        const list = [
          "TITLE: By the editor",
          "001  AX V C 00:00:00:00 00:00:00:20 01:00:00:00 01:00:00:20",
          "* FROM CLIP NAME: SHOT-020_v01_take01.mp4",
          "002  AX V C 00:00:00:02 00:00:00:22 01:00:00:20 01:00:01:16",
          "* FROM CLIP NAME: SHOT-010_v01_take01.mp4",
          "003  AX V C 00:00:00:00 00:00:01:00 01:00:01:16 01:00:02:16",
          "* FROM CLIP NAME: stock.mov",
        ].join("\r\n");
        await page.getByLabel("Cut list").setInputFiles({
          ...{
            name: "editor.edl",
            mimeType: "text/plain",
            buffer: Buffer.from(list),
          },
        });
        const told = page.getByRole("group", { name: "What the list would change" });
        await told.getByText("The order becomes SHOT-020, SHOT-010; it was SHOT-010, SHOT-020.").waitFor();
        await told.getByText("SHOT-010 is used from frame 2 to 22; it was 0 to 24.").waitFor();
        await told.getByText("1 clip not found, left out:").waitFor();
        await told.getByText("line 6").waitFor();
        await told.getByRole("button", { name: "Apply" }).click();
        await page.locator('.right .palette-entry[data-type="shot"]').first().getByText("SHOT-020")
          .waitFor();
      }));
    await step("finds everything again after a reload", () =>
      tell(page, async () => {
        await page.reload();
        await page.getByText("2 of 2 shots ready").waitFor();
      }));
    assert.deepEqual(complaints, []);
  },
);

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";

/**
 * The whole production as the mission tells it (V.B): project, canvas, assets, shot, takes, sequence, film. With mouse and keyboard
 * alone, on a real gateway, database and agent.
 */
Deno.test(
  {
    name: "from an idea to a rendered film by mouse and keyboard",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await using artist = await openArtist({ width: 1600, height: 1000 });
    const { page, complaints } = artist;
    const step = stepsOf(t, page);
    const right = page.locator(".right");
    const write = async (label: string, text: string) => {
      await right.getByLabel(label).first().fill(text);
      await right.getByLabel(label).first().blur();
    };

    await step("1: a project", async () => {
      await page.getByRole("button", { name: "New film" }).first().click();
      await page.keyboard.type("The Lighthouse Keeper");
      await page.keyboard.press("Enter");
    });
    await step("2: a canvas without end, and nothing on it yet", async () => {
      await page.getByText("An empty canvas").waitFor();
    });
    await step("3: a character, and a picture made from words", async () => {
      await dragFromPalette(page, "Asset", 320, 200);
      await write("Name", "Keeper");
      await write("Description", "Grey beard, yellow oilskin");
      await dragFromPalette(page, "Generate image", 320, 440);
      await write("Prompt", "A lamp room at night");
      await right.getByLabel("Runner").selectOption({ label: "Animatic still" });
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      await right.locator(".take.active").waitFor({ timeout: 60_000 });
    });
    await step("4: a shot of them: character, pipeline and picture wired in, its words", async () => {
      await dragFromPalette(page, "Shot", 660, 200);
      await node(page, "SHOT-010").waitFor();
      await write("Prompt", "He climbs the iron stair");
      await write("Duration", "24");
      await dragFromPalette(page, "Pipeline", 320, 680);
      await right.getByLabel("Runner").selectOption({ label: "Animatic" });
      await wire(page, ["Keeper", "asset"], ["SHOT-010", "assets"]);
      await wire(page, ["Pipeline", "pipeline"], ["SHOT-010", "pipeline"]);
      // A wire that does not fit is not drawn, and the reason is said.
      await drawWire(page, ["Pipeline", "pipeline"], ["SHOT-010", "previous"]);
      await page.locator(".toast").getByText("Previous shot takes shot, not pipeline.").waitFor();
      assert.equal(await page.locator(".toast").count(), 1, "nothing was said of the wires that fit");
      // With those two that were drawn by adding a node to what was selected.
      assert.equal(await page.locator(".react-flow__edge").count(), 4);
    });
    await step("5: takes: generated, changed, generated again, compared in step, chosen", async () => {
      await node(page, "SHOT-010").locator("header").click();
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      await right.locator(".take.active", { hasText: "take 01" }).waitFor({ timeout: 60_000 });
      await write("Prompt", "He climbs the iron stair, a can of oil in his hand");
      await right.getByText("Out of date: prompt changed").waitFor();
      await right.getByLabel("Takes at once").selectOption("2");
      await right.getByRole("button", { name: "Generate", exact: true }).click();
      const third = right.locator(".take", { hasText: "take 03" });
      await third.waitFor({ timeout: 60_000 });
      await right.locator(".take.active", { hasText: "take 01" }).click();
      await third.click();
      await right.getByRole("button", { name: "Compare" }).click();
      const compared = page.getByRole("dialog", { name: "Compare two takes" });
      await compared.locator(".differs th", { hasText: "prompt" }).waitFor();
      await page.waitForFunction(() => {
        const [one, other] = [...document.querySelectorAll<HTMLVideoElement>(".compare video")];
        return one && other && one.readyState >= 2 && other.readyState >= 2;
      });
      await page.evaluate(() => document.querySelector<HTMLVideoElement>(".compare video")!.pause());
      await page.evaluate(() =>
        document.querySelector<HTMLVideoElement>(".compare video")!.currentTime = 0.6
      );
      await page.waitForFunction(() => {
        const [one, other] = [...document.querySelectorAll<HTMLVideoElement>(".compare video")];
        return Math.abs(one!.currentTime - 0.6) < 0.01 &&
          Math.abs(other!.currentTime - one!.currentTime) < 0.05;
      });
      await compared.getByRole("button", { name: "Use take 3" }).click();
      await compared.getByRole("button", { name: "Active" }).waitFor();
      await page.keyboard.press("Escape");
      await right.locator(".take.active", { hasText: "take 03" }).waitFor();
      await right.getByText("Out of date: prompt changed").waitFor({ state: "detached" });
      // As large as the window, and back through the takes by the arrows.
      await node(page, "SHOT-010").locator(".picture").dblclick();
      await page.getByRole("dialog", { name: "Take 3" }).getByText("3 of 3").waitFor();
      await page.keyboard.press("ArrowLeft");
      await page.getByRole("dialog", { name: "Take 2" }).locator("video").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    });
    await step("6: a second shot after it, and both in a sequence", async () => {
      // A wire dropped on empty canvas asks what should be there.
      await drawWire(page, ["SHOT-010", "shot"], { x: 940, y: 420 });
      await page.getByRole("combobox", { name: "Add a node" }).fill("shot");
      await page.keyboard.press("Enter");
      await node(page, "SHOT-020").waitFor();
      await write("Prompt", "The beam passes over a fishing boat");
      await write("Duration", "12");
      await right.getByLabel("Runner").selectOption({ label: "Animatic" });
      // With nothing selected what is added is not wired by itself.
      await page.locator(".react-flow__pane").click({ position: { x: 8, y: 8 } });
      await dragFromPalette(page, "Assembler", 1000, 200);
      await wire(page, ["SHOT-020", "shot"], ["Assembler", "sequence"]);
      await page.getByText("1 of 2 shots ready").waitFor();
      await node(page, "SHOT-020").locator("header").click();
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+Enter");
      await page.getByText("2 of 2 shots ready").waitFor({ timeout: 60_000 });
    });
    await step("7: the film, watched and taken home with its cut list", async () => {
      await node(page, "Assembler").locator("header").click();
      await right.getByRole("button", { name: "Render film" }).click();
      await page.waitForFunction(
        () => {
          const video = document.querySelector<HTMLVideoElement>(".right video.player");
          return video && video.readyState >= 1 && Math.abs(video.duration - 1.5) < 0.06;
        },
        undefined,
        { timeout: 60_000 },
      );
      const download = page.waitForEvent("download");
      await right.getByRole("link", { name: /^(Download|Film|MP4)/ }).first().click();
      const film = await Deno.readFile(await (await download).path());
      assert.equal(new TextDecoder().decode(film.subarray(4, 8)), "ftyp");
      await page.getByText("Saved", { exact: true }).waitFor();
      await page.getByRole("tab", { name: "History" }).click();
      await page.locator(".dock").getByText(/The-Lighthouse-Keeper_v001|film/i).first().waitFor();
    });
    assert.deepEqual(complaints, []);
  },
);

function node(page: Page, title: string) {
  return page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
}

/** From the palette to a place of the window. */
async function dragFromPalette(page: Page, what: string, x: number, y: number): Promise<void> {
  const pane = page.locator(".react-flow__pane");
  const box = (await pane.boundingBox())!;
  const entry = page.locator(".left .palette-entry").filter({ hasText: new RegExp(`^${what}`) }).first();
  await entry.dragTo(pane, { targetPosition: { x: x - box.x, y: y - box.y } });
  // What was added is selected.
  await page.locator(".right").getByLabel("Name").waitFor();
}

type Port = [title: string, name: string];

async function middle(page: Page, [title, name]: Port): Promise<{ x: number; y: number }> {
  const box =
    (await node(page, title).locator(`.react-flow__handle[data-handleid="${name}"]`).boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drawWire(page: Page, from: Port, to: Port | { x: number; y: number }): Promise<void> {
  const start = await middle(page, from);
  const end = Array.isArray(to) ? await middle(page, to) : to;
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 4 });
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
}

async function wire(page: Page, from: Port, to: Port): Promise<void> {
  const count = await page.locator(".react-flow__edge").count();
  await drawWire(page, from, to);
  await page.locator(".react-flow__edge").nth(count).waitFor({ state: "attached" });
}

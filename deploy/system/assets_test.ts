import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { JSHandle, Page } from "playwright-core";
import { png } from "../../gateway/assets/testing.ts";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";

/** Pictures from an artist's disk onto the canvas, and the mask of an edit, in a real browser. */
Deno.test(
  {
    name: "an artist brings pictures, paints a mask and groups",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await using artist = await openArtist();
    const { page, complaints, node } = artist;
    // What comes after a failed step would only fail in its wake.
    const step = stepsOf(t, page);

    await step("drops a picture on the canvas, which becomes an asset that shows it", async () => {
      await page.getByRole("button", { name: "New film" }).first().click();
      await page.getByLabel("Title").fill("The Lighthouse Keeper");
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByText("An empty canvas").waitFor();
      await drop(page, ".react-flow__pane", await filesOf(page, [["Keeper.png", png(64, 48, 90)]]));
      await shown(page, node("Keeper").locator("img"));
    });
    await step("gives the asset a second picture through the file dialog", async () => {
      await node("Keeper").locator("header").click();
      const dialog = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Add pictures" }).click();
      await (await dialog).setFiles({
        name: "side.png",
        mimeType: "image/png",
        buffer: Buffer.from(png(50, 50, 200)),
      });
      await node("Keeper").getByText("2 pictures").waitFor();
      await page.locator(".right .pictures figure").nth(1).waitFor();
    });
    await step("is told why a file that is no picture is refused", async () => {
      const text = new TextEncoder().encode("not a picture");
      await drop(page, ".react-flow__pane", await filesOf(page, [["notes.png", text]]));
      await page.locator(".upload.failed").getByText("notes.png is no picture").waitFor();
      await page.getByRole("button", { name: "Dismiss notes.png" }).click();
      await page.locator(".upload.failed").waitFor({ state: "detached" });
    });
    await step("drops the source of an edit on its node, and finds all pictures in the media", async () => {
      await page.getByRole("button", { name: "Edit image mask" }).click();
      await node("Edit image").waitFor();
      await drop(page, ".node.edit_image", await filesOf(page, [["Tide room.png", png(640, 360, 120)]]));
      await node("Tide room").locator("img").waitFor();
      await node("Edit image").locator("header").click();
      await shown(page, page.locator(".right .source-picture"));
      await page.getByRole("tab", { name: "Project media" }).click();
      await page.locator(".media-entry").nth(2).waitFor();
      await page.getByLabel("Search media").fill("tide");
      await page.locator(".media-entry").nth(1).waitFor({ state: "detached" });
      assert.equal(await page.locator(".media-entry").innerText(), "Tide room.png");
      await page.locator(".media-entry").dragTo(node("Keeper").locator(".picture"));
      await node("Keeper").getByText("3 pictures").waitFor();
      await node("Edit image").locator("header").click();
    });
    await step("paints, erases, takes back and inverts, and saves what is white", async () => {
      await page.getByRole("button", { name: "Paint a mask" }).click();
      const canvas = page.locator(".painter canvas.mask");
      await canvas.waitFor();
      const box = (await canvas.boundingBox())!;
      const at = (x: number, y: number) =>
        [box.x + x / 640 * box.width, box.y + y / 360 * box.height] as const;
      const stroke = async (from: readonly [number, number], to: readonly [number, number]) => {
        await page.mouse.move(...at(...from));
        await page.mouse.down();
        await page.mouse.move(...at(...to), { steps: 6 });
        await page.mouse.up();
      };
      await stroke([100, 180], [500, 180]);
      await page.keyboard.press("e");
      await stroke([300, 100], [300, 260]);
      await page.keyboard.press("b");
      await stroke([100, 320], [500, 320]);
      await page.keyboard.press("Control+z");
      await page.getByRole("button", { name: "Invert" }).click();
      await page.keyboard.press("i");
      await page.getByRole("button", { name: "Save mask" }).click();
      await shown(page, page.locator(".right .mask-picture img"));
      await page.locator("dialog.painter").waitFor({ state: "detached" });
      const mask = await pixels(page, ".right .mask-picture img", [
        [150, 180],
        [450, 180],
        [300, 180],
        [300, 320],
        [5, 5],
      ]);
      assert.deepEqual(mask, { width: 640, height: 360, values: [255, 255, 0, 0, 0] });
    });
    await step(
      "undoes the mask as one step of the canvas, and finds everything after a reload",
      async () => {
        await page.locator(".topbar h1").click();
        await page.keyboard.press("Control+z");
        await page.locator(".right .mask-picture").waitFor({ state: "detached" });
        await page.keyboard.press("Control+Shift+Z");
        await page.locator(".right .mask-picture img").waitFor();
        await page.getByText("Saved", { exact: true }).waitFor();
        await page.reload();
        await shown(page, node("Keeper").locator("img"));
        await node("Edit image").locator("header").click();
        await page.locator(".right .mask-picture img").waitFor();
      },
    );
    await step("groups, moves, collapses, copies and ungroups, each as one step", async () => {
      await page.getByRole("button", { name: "Fit" }).click();
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Control+g");
      await page.getByLabel("Name of the node").fill("Lamp room");
      await page.keyboard.press("Enter");
      const title = page.locator(".frame-title", { has: page.locator('b[title="Lamp room"]') });
      await title.waitFor();
      const before = (await node("Keeper").boundingBox())!;
      const hold = (await title.boundingBox())!;
      await page.mouse.move(hold.x + 60, hold.y + hold.height / 2);
      await page.mouse.down();
      await page.mouse.move(hold.x + 60, hold.y + hold.height / 2 + 60, { steps: 6 });
      await page.mouse.up();
      await page.locator('[title="Undo: Move Lamp room"]').waitFor();
      const moved = (await node("Keeper").boundingBox())!.y - before.y;
      assert.ok(moved > 30, `the group carried its nodes by ${moved}`);
      // Away from the minimap, which lies over the corner of a canvas that is full.
      await page.getByRole("button", { name: "Fit" }).click();
      for (let times = 0; times < 3; times++) await page.getByTitle("Zoom out").click();
      // Waits until the zoom has come to rest and the corner lies open.
      await page.locator(".frame-corner").hover();
      const corner = (await page.locator(".frame-corner").boundingBox())!;
      await page.mouse.down();
      await page.mouse.move(corner.x + 39, corner.y + 29, { steps: 4 });
      await page.mouse.up();
      await page.locator('[title="Undo: Resize Lamp room"]').waitFor();
      await page.keyboard.press("Alt+c");
      await node("Lamp room").getByText("3 nodes").waitFor();
      await node("Keeper").waitFor({ state: "detached" });
      await page.keyboard.press("Control+d");
      await page.waitForFunction(() => document.querySelectorAll(".node.group").length === 2);
      await page.keyboard.press("Control+z");
      await page.waitForFunction(() => document.querySelectorAll(".node.group").length === 1);
      await node("Lamp room").locator("header b").click();
      await page.keyboard.press("Control+Shift+G");
      await node("Lamp room").waitFor({ state: "detached" });
      await node("Keeper").waitFor();
    });
    await step("sees that a take is out of date, and of what", async () => {
      await page.getByRole("button", { name: "Generate image" }).click();
      await page.getByLabel("Prompt").fill("A lamp");
      await page.getByLabel("Runner").selectOption({ label: "Animatic still" });
      await page.getByRole("button", { name: "Generate", exact: true }).click();
      await page.locator(".right .take.active").waitFor({ timeout: 60_000 });
      await page.getByLabel("Prompt").fill("A lamp at night");
      await page.locator(".topbar h1").click();
      await page.locator(".right").getByText("Out of date: prompt changed").waitFor();
      await page.getByLabel("Prompt").fill("A lamp");
      await page.locator(".topbar h1").click();
      await page.locator(".right").getByText("Out of date: prompt changed").waitFor({ state: "detached" });
    });
    assert.deepEqual(complaints, []);
  },
);

/** Files as a drag from the desktop carries them. */
function filesOf(page: Page, files: [string, Uint8Array][]): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle((given) => {
    const transfer = new DataTransfer();
    for (const [name, bytes] of given) transfer.items.add(new File([new Uint8Array(bytes)], name));
    return transfer;
  }, files.map(([name, bytes]) => [name, [...bytes]] as [string, number[]]));
}

async function drop(page: Page, onto: string, dataTransfer: JSHandle<DataTransfer>): Promise<void> {
  const target = page.locator(onto).first();
  const box = (await target.boundingBox())!;
  const where = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
  for (const type of ["dragover", "drop"]) await target.dispatchEvent(type, { dataTransfer, ...where });
}

/** Until a picture's bytes have come and are one. */
async function shown(page: Page, image: ReturnType<Page["locator"]>): Promise<void> {
  await image.waitFor();
  const handle = await image.elementHandle();
  await page.waitForFunction((each) => (each as HTMLImageElement).naturalWidth > 0, handle);
}

/** Size of a picture on the page, and the red of some of its pixels. */
function pixels(page: Page, selector: string, points: [number, number][]) {
  return page.evaluate(async ([selector, points]) => {
    const { src } = document.querySelector(selector as string) as HTMLImageElement;
    const bitmap = await createImageBitmap(await (await fetch(src)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
    context.drawImage(bitmap, 0, 0);
    const values = (points as [number, number][]).map(([x, y]) => context.getImageData(x, y, 1, 1).data[0]);
    return { width: bitmap.width, height: bitmap.height, values };
  }, [selector, points] as const);
}

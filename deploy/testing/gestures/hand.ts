import type { Page } from "playwright-core";
import type { OpenFilm } from "../film.ts";

/** One gesture with mouse and keyboard. `undo`: what the undo button then says. */
export interface Gesture {
  name: string;
  undo: string;
  do(film: OpenFilm, page: Page): Promise<void>;
}

export const field = (page: Page, label: string) =>
  page.locator("aside.right").getByLabel(label, { exact: true }).first();
/** Fields carry a note in their label. */
export const noted = (page: Page, label: string) => page.locator("aside.right").getByLabel(label).first();
export async function write(page: Page, label: string, text: string): Promise<void> {
  await noted(page, label).fill(text);
  await noted(page, label).blur();
}
export async function choose(film: OpenFilm, ...titles: string[]): Promise<void> {
  await film.page.getByRole("button", { name: "Fit" }).click();
  await film.page.locator(".topbar h1").click();
  await film.page.keyboard.press("Escape");
  for (const [index, title] of titles.entries()) {
    if (index) {
      await film.page.keyboard.down("Control");
      // React Flow takes note of the key when it next draws.
      await film.page.evaluate(() =>
        new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      );
    }
    await film.node(title).locator("header").click();
    if (index) await film.page.keyboard.up("Control");
  }
}
export async function pull(page: Page, selector: string, x: number, y: number): Promise<void> {
  // Waits until the view has come to rest.
  await page.locator(selector).first().hover();
  const box = (await page.locator(selector).first().boundingBox())!;
  const from = [box.x + box.width / 2, box.y + Math.min(12, box.height / 2)] as const;
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(from[0] + x, from[1] + y, { steps: 6 });
  await page.mouse.up();
}

/** On a wire, at a point of it that nothing covers. */
export async function clickWire(page: Page): Promise<void> {
  // The view may still be on its way.
  await page.evaluate(async () => {
    const view = document.querySelector<HTMLElement>(".react-flow__viewport")!;
    let last = "";
    for (let same = 0; same < 5;) {
      await new Promise(requestAnimationFrame);
      same = view.style.transform === last ? same + 1 : 0;
      last = view.style.transform;
    }
  });
  const spot = await page.waitForFunction(() => {
    for (const path of document.querySelectorAll<SVGPathElement>(".react-flow__edge-interaction")) {
      const to = path.getScreenCTM()!;
      for (let part = 0.05; part < 1; part += 0.05) {
        const { x, y } = path.getPointAtLength(path.getTotalLength() * part).matrixTransform(to);
        if (document.elementFromPoint(x, y)?.closest(".react-flow__edge")) return { x, y };
      }
    }
    return null;
  });
  const { x, y } = (await spot.jsonValue())!;
  await page.mouse.click(x, y);
  await page.locator(".react-flow__edge.selected").first().waitFor({ state: "attached" });
}

/** By its name, from the palette. */
export async function command(page: Page, label: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("What do you want to do?").fill(label);
  await page.keyboard.press("Enter");
}

import assert from "node:assert/strict";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";

const GRAPH = {
  nodes: [
    {
      id: "one",
      type: "shot",
      title: "SHOT-010",
      shot: "SHOT-010",
      prompt: "A pier",
      position: { x: 0, y: 0 },
    },
    {
      id: "two",
      type: "shot",
      title: "SHOT-020",
      shot: "SHOT-020",
      prompt: "A lamp",
      position: { x: 300, y: 0 },
    },
    { id: "film", type: "assembler", title: "The whole film", position: { x: 600, y: 0 } },
  ],
  edges: [
    { id: "a", source: "one", source_port: "shot", target: "two", target_port: "previous" },
    { id: "b", source: "two", source_port: "shot", target: "film", target_port: "sequence" },
  ],
};

interface Spot {
  x: number;
  y: number;
}

/** SCREENSHOTS names a folder for pictures in both themes. */
Deno.test(
  { name: "the canvas is at home on a tablet", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using artist = await openArtist({ width: 1024, height: 768, touch: true });
    const { page } = artist;
    const step = stepsOf(t, page);
    const pictures = Deno.env.get("SCREENSHOTS");
    const look = async (where: string) => {
      if (!pictures) return;
      for (const theme of ["light", "dark"]) {
        await page.evaluate((theme) => document.documentElement.dataset.theme = theme, theme);
        await page.screenshot({ path: `${pictures}/${where}-${theme}.png` });
      }
    };
    const cdp = await page.context().newCDPSession(page);
    /** Fingers down, on their way in some steps, and up. */
    const touch = async (from: Spot[], to: Spot[]) => {
      await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: from });
      for (let step = 1; step <= 8; step++) {
        const touchPoints = from.map(({ x, y }, finger) => ({
          x: x + (to[finger]!.x - x) * step / 8,
          y: y + (to[finger]!.y - y) * step / 8,
        }));
        await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints });
      }
      await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    const node = (title: string) =>
      page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
    const boxOf = async (title: string) => (await node(title).boundingBox())!;

    await step("the panels leave room, and come when they are asked for", async () => {
      await artist.film("The Lighthouse Keeper at the End of the World", GRAPH);
      await node("SHOT-010").waitFor();
      assert.equal(await page.locator(".left").count(), 0);
      const wide = (await page.locator("#canvas").boundingBox())!.width;
      assert.ok(wide > 680, `the canvas is ${wide} wide`);
      await look("tablet");
      await page.getByRole("button", { name: "Show the nodes and media" }).tap();
      await page.locator(".left .palette-entry").first().waitFor();
      await look("tablet-left");
      await page.getByRole("button", { name: "Hide the nodes and media" }).tap();
      await page.locator(".left").waitFor({ state: "detached" });
    });
    await step("one finger drags a node and moves the canvas, two zoom", async () => {
      const before = await boxOf("SHOT-010");
      const hold = { x: before.x + 60, y: before.y + 12 };
      await touch([hold], [{ x: hold.x, y: hold.y + 90 }]);
      await page.locator('[title="Undo: Move SHOT-010"]').first().waitFor();
      assert.ok((await boxOf("SHOT-010")).y - before.y > 50);
      const still = await boxOf("The whole film");
      const free = { x: still.x, y: still.y + still.height + 120 };
      await touch([free], [{ x: free.x - 80, y: free.y - 60 }]);
      await page.waitForFunction(
        (x) =>
          document.querySelector('.react-flow__node[data-id="film"]')!.getBoundingClientRect().x < x - 40,
        still.x,
      );
      const zoom = page.getByTitle("Actual size");
      const percent = async () => parseInt(await zoom.innerText());
      const whole = await percent();
      const middle = { x: 380, y: 420 };
      await touch(
        [{ x: middle.x - 120, y: middle.y }, { x: middle.x + 120, y: middle.y }],
        [{ x: middle.x - 50, y: middle.y }, { x: middle.x + 50, y: middle.y }],
      );
      await page.waitForFunction(
        (whole) => parseInt(document.querySelector<HTMLElement>('[title="Actual size"]')!.innerText) < whole,
        whole,
      );
      assert.ok(await percent() < whole);
    });
    await step(
      "what is touched is large enough for a finger, and nothing runs out of the screen",
      async () => {
        await page.getByRole("button", { name: "Fit" }).tap();
        await node("SHOT-020").locator("header").tap();
        await page.locator(".right").getByRole("button", { name: "Generate", exact: true }).waitFor();
        await look("tablet-shot");
        const small = await page.evaluate(() =>
          [...document.querySelectorAll<HTMLElement>(
            "button, select, input, textarea, [role=tab], a[href], summary",
          )]
            .filter((each) =>
              each.checkVisibility() && !each.closest(".react-flow__node, .react-flow__minimap")
            )
            .map((each) => ({ each, box: each.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0 && (box.width < 32 || box.height < 32))
            .map(({ each, box }) =>
              `${Math.round(box.width)} x ${Math.round(box.height)}: ${each.outerHTML.slice(0, 120)}`
            )
        );
        assert.deepEqual(small, []);
        const out = await page.evaluate(() =>
          [...document.querySelectorAll(".topbar > *, .bar-of-tabs > *")]
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
            .map((each) => each.outerHTML.slice(0, 120))
        );
        assert.deepEqual(out, []);
      },
    );
    await step("of a page made twice as large nothing leaves the screen either", async () => {
      await page.setViewportSize({ width: 720, height: 450 });
      await look("twice");
      const out = await page.evaluate(() =>
        [...document.querySelectorAll(".topbar > *, .bar-of-tabs > *, .toolbar")]
          .filter((each) => {
            const { left, right } = each.getBoundingClientRect();
            return left < 0 || right > innerWidth;
          })
          .map((each) => each.outerHTML.slice(0, 120))
      );
      assert.deepEqual(out, []);
      await page.getByRole("button", { name: "Render film" }).click({ trial: true });
    });
    await step("a laptop's screen shows all of it", async () => {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.getByRole("button", { name: "Fit" }).tap();
      await look("laptop");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    });
    assert.deepEqual(artist.complaints, []);
  },
);

import assert from "node:assert/strict";
import { join } from "@std/path";
import type { WebSocketRoute } from "playwright-core";
import { build } from "../../ui/build.ts";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";
import { thousand } from "../testing/thousand.ts";

/** A canvas of a thousand nodes and a thousand wires: what is drawn is counted, not timed. */
Deno.test(
  { name: "a thousand nodes: only what changes is drawn", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "studio-counted-" });
    try {
      await build({
        folder,
        entry: join(import.meta.dirname!, "..", "testing", "counted.ts"),
        minify: false,
      });
      await using artist = await openArtist();
      const { page } = artist;
      const step = stepsOf(t, page);
      // The gateway serves what everybody gets; this page gets the build that counts.
      const counting = new Set([...Deno.readDirSync(folder)].map((entry) => entry.name));
      await page.route((url) => url.pathname.endsWith(".js"), async (route) => {
        const name = new URL(route.request().url()).pathname.slice(1);
        if (!counting.has(name)) return await route.continue();
        await route.fulfill({ path: join(folder, name), contentType: "text/javascript" });
      });
      // The studio's word to the page, with what agents would make it say.
      let socket!: WebSocketRoute;
      await page.routeWebSocket(/\/api\/events/, (route) => {
        route.connectToServer();
        socket = route;
      });
      /** What was drawn while something was done, until two frames have passed without anything. */
      const drawing = async (what: () => Promise<void>) => {
        await settled();
        await page.evaluate(() => {
          const { drawn } = globalThis as unknown as { drawn: Record<string, number> };
          for (const key of Object.keys(drawn)) delete drawn[key];
        });
        await what();
        await settled();
        return await page.evaluate(() => ({
          ...(globalThis as unknown as { drawn: Record<string, number> }).drawn,
        }));
      };
      const settled = () =>
        page.evaluate(async () => {
          const { drawn } = globalThis as unknown as { drawn: Record<string, number> };
          const sum = () => Object.values(drawn).reduce((all, each) => all + each, 0);
          for (let quiet = 0, last = -1, tries = 0; quiet < 3 && tries < 600; tries++) {
            await new Promise((resolve) => requestAnimationFrame(resolve));
            quiet = sum() === last ? quiet + 1 : 0;
            last = sum();
          }
        });
      const cards = (drawn: Record<string, number>) =>
        Object.keys(drawn).flatMap((key) => /^NodeCard\d* (.+)$/.exec(key)?.[1] ?? []).sort();
      const shot = page.locator('.react-flow__node[data-id="n3"]');

      await step(
        "from afar one element stands for them all; they are named, chosen and moved in it",
        async () => {
          await artist.film("A thousand", thousand());
          const canvas = page.locator("#canvas");
          await page.locator(".overview[data-drawn]").waitFor();
          assert.equal(await page.locator(".react-flow__node, .react-flow__edge").count(), 0);
          await canvas.getByRole("img", { name: "1000 nodes, seen from afar" }).waitFor();
          // In the middle of the screen there is a card, or the gap right of it.
          const { x, y, width, height } = (await canvas.boundingBox())!;
          const at = { x: x + width / 2, y: y + height / 2 };
          const name = page.locator(".overview-name");
          for (let tries = 0; tries < 8 && await name.count() === 0; tries++) {
            await page.mouse.move(at.x += 5, at.y += 4);
            await settled();
          }
          const title = await name.innerText();
          assert.match(title, /^(SHOT|STILL)-\d+$/);
          await page.mouse.click(at.x, at.y);
          await page.locator(`.react-flow__node.selected header b[title="${title}"]`).waitFor({
            state: "attached",
          });
          assert.equal(await page.locator(".react-flow__node").count(), 1, "what is held is an element");
          const drawn = await drawing(async () => {
            await page.mouse.down();
            await page.mouse.move(at.x + 30, at.y + 20, { steps: 8 });
            await page.mouse.up();
            await page.locator(`[title="Undo: Move ${title}"]`).waitFor();
          });
          assert.ok(cards(drawn).length <= 1, `${cards(drawn)} were drawn`);
          // A box takes what lies in it; one of them takes all along.
          await page.keyboard.press("Escape");
          const from = { x: x + 30, y: y + 100 };
          await page.mouse.move(from.x, from.y);
          await settled();
          for (let tries = 0; tries < 12 && await name.count() > 0; tries++) {
            await page.mouse.move(from.x += 3, from.y += 2);
            await settled();
          }
          await page.mouse.down();
          await page.mouse.move(from.x + 200, from.y + 150, { steps: 8 });
          await page.mouse.up();
          await page.getByRole("heading", { name: /^\d+ selected$/ }).waitFor();
        },
      );
      await step("off-screen nodes are not in the DOM", async () => {
        // All of it is far too small to read: one goes to where one works.
        await page.keyboard.press("Control+k");
        await page.getByRole("combobox", { name: "Command" }).fill("SHOT-040");
        await page.keyboard.press("Enter");
        await shot.waitFor();
        await page.getByTitle("Actual size").click();
        await page.waitForFunction(() => {
          const count = document.querySelectorAll(".react-flow__node").length;
          return count > 0 && count < 80;
        });
        await page.locator(".right").getByLabel("Prompt").waitFor();
        const edges = await page.locator(".react-flow__edge").count();
        assert.ok(edges < 200, `${edges} wires are in the DOM`);
      });
      await step("a drag draws the node that is dragged", async () => {
        const box = (await shot.locator("header").boundingBox())!;
        const drawn = await drawing(async () => {
          await page.mouse.move(box.x + 40, box.y + 10);
          await page.mouse.down();
          await page.mouse.move(box.x + 60, box.y + 40, { steps: 12 });
          await page.mouse.up();
          await page.locator('[title="Undo: Move SHOT-040"]').waitFor();
        });
        assert.deepEqual(cards(drawn), ["n3"]);
        // Once, when it lies where it is dropped; on its way React Flow moves what is around it.
        assert.equal(drawn["NodeCard n3"] ?? drawn["NodeCard2 n3"], 1);
        const wires = Object.keys(drawn).flatMap((key) => /^EdgeWrapper (.+)$/.exec(key)?.[1] ?? []).sort();
        assert.deepEqual(wires, ["e2", "e3", "e42"], "the wires of the node, and no others");
      });
      await step("a prompt that is typed draws the node that it is of", async () => {
        const field = page.locator(".right").getByLabel("Prompt");
        await field.click();
        const typing = await drawing(() => field.pressSequentially(" and fog"));
        assert.deepEqual(cards(typing), []);
        const written = await drawing(async () => {
          await field.blur();
          await page.locator('[title="Undo: Write the prompt"]').first().waitFor();
        });
        assert.deepEqual(cards(written), ["n3"]);
      });
      await step("progress of ten nodes draws none of them", async () => {
        const { id } = await artist.call<{ id: string }>("GET", "/projects/A-thousand");
        const shown = page.locator(".react-flow__node");
        // How many fit depends on where the view is.
        for (let times = 0; times < 10 && await shown.count() < 12; times++) {
          await page.getByTitle("Zoom out").click();
          await settled();
        }
        await shown.nth(11).waitFor();
        await settled();
        const nodes = await page.locator(".react-flow__node").evaluateAll((all) =>
          all.map((each) => (each as HTMLElement).dataset.id!).slice(0, 10)
        );
        assert.equal(nodes.length, 10);
        for (const node of nodes) socket.send(JSON.stringify({ type: "job", job: workingOn(node, id) }));
        const bars = page.locator(".node .bar > i");
        await bars.nth(9).waitFor({ state: "attached" });
        const drawn = await drawing(async () => {
          for (let percent = 10; percent <= 90; percent += 20) {
            for (const node of nodes) {
              const progress = { progress: percent / 100, stage: "Sampling", seconds_left: 100 - percent };
              socket.send(JSON.stringify({ type: "progress", job_id: jobOf(node), progress }));
            }
          }
          await page.waitForFunction(() =>
            [...document.querySelectorAll<HTMLElement>(".node .bar > i")].every((bar) =>
              bar.style.width === "90%"
            )
          );
        });
        assert.deepEqual(drawn, {}, "no component at all");
      });
      assert.deepEqual(artist.complaints, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

const jobOf = (node: string) => `01900000-0000-7000-8000-${node.slice(1).padStart(12, "0")}`;

/** The job of a node that an agent is at work on. */
function workingOn(node: string, project: string) {
  return {
    id: jobOf(node),
    project_id: project,
    node_id: node,
    kind: "generate",
    title: node,
    state: "leased",
    priority: 4,
    tier: "standard",
    tier_requested: "standard",
    progress: null,
    waiting: null,
    error: null,
    fallback: null,
  };
}

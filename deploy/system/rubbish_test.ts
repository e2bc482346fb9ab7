import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";

const MIB = 1024 ** 2;
const TITLE = "🎬 שלום — the storm";

/** What people do to a canvas without meaning to: it answers in clear words, and loses nothing. */
Deno.test(
  { name: "rubbish on the canvas is told from work", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using artist = await openArtist();
    const { dataDir, page, complaints } = artist;
    const context = page.context();
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    // This computer's clock is nine hours fast.
    await context.addInitScript(() => {
      const now = Date.now;
      Date.now = () => now() + 9 * 3_600_000;
    });
    const step = stepsOf(t, page);
    /** As the studio has them: what lies off screen is not on the page. */
    const nodes = async () => {
      await page.getByText("Saved", { exact: true }).waitFor();
      return await page.evaluate(async () => {
        const answer = await fetch(`/api/projects/${location.pathname.split("/").at(-1)}/canvas`);
        return (await answer.json()).graph.nodes.length as number;
      });
    };
    const told = (text: string | RegExp) => page.locator(".toast", { hasText: text }).first().waitFor();
    const pasted = async (text: string) => {
      await page.evaluate((text) => navigator.clipboard.writeText(text), text);
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+v");
    };
    const prompt = page.locator(".right").getByLabel("Prompt").first();

    await step("a title of pictures, right to left and left to right", async () => {
      await page.reload();
      await page.getByRole("button", { name: "New film" }).first().click();
      await page.getByLabel("Title").fill(TITLE);
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByRole("button", { name: "Add the first shot" }).click();
      await page.locator(".topbar h1", { hasText: TITLE }).waitFor();
      await page.locator(".right").getByLabel("Name").fill("مشهد ١ 🌊");
      await page.locator(".right").getByLabel("Name").press("Enter");
      await page.locator('.node header b[title="مشهد ١ 🌊"]').waitFor();
    });
    await step("pasted text becomes a note, nodes become nodes, and what is neither is told", async () => {
      await pasted("A list\nof shots, from a mail");
      await page.locator(".node.note", { hasText: "of shots" }).waitFor();
      const count = await nodes();
      await pasted('{"kind":"generative-media-studio/nodes","nodes":[{"type":"bomb"}],"edges":7}');
      await told("These nodes cannot be pasted");
      await pasted("x".repeat(5 * MIB));
      await told("That is 5,242,880 characters of text; a note holds 32,000. Nothing was pasted.");
      await pasted("   ");
      assert.equal(await nodes(), count);
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Control+c");
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+v");
      await page.locator('[title="Undo: Paste 2 nodes"]').first().waitFor();
      assert.equal(await nodes(), 2 * count);
      await page.keyboard.press("Control+x");
      await page.locator('[title="Undo: Cut 2 nodes"]').first().waitFor();
      assert.equal(await nodes(), count);
    });
    await step("a prompt of 20,000 characters is generated; one of 40,000 stays in its field", async () => {
      await page.getByRole("button", { name: "Fit" }).click();
      await page.locator(".node.shot header").first().click();
      await prompt.fill("A long story. ".repeat(1429));
      await page.locator(".right").getByLabel("Duration").fill("12");
      await page.locator(".right").getByLabel("Duration").press("Enter");
      await page.getByRole("button", { name: "Generate", exact: true }).click();
      await page.locator(".right .take.active").waitFor({ timeout: 60_000 });
      const longer = "Too long a story. ".repeat(2223);
      await prompt.fill(longer);
      await page.locator(".node.note header").first().click();
      await page.locator(".right").getByLabel("Text").waitFor();
      await page.locator(".node.shot header").first().click();
      await page.getByText("40,014 characters; 32,000 fit.").waitFor();
      assert.equal(await prompt.inputValue(), longer);
      await prompt.press("Escape");
      await page.getByText("40,014 characters").waitFor({ state: "detached" });
      assert.equal((await prompt.inputValue()).length, 20_006);
    });
    await step("a canvas put into nonsense is refused by its first fault, and stays", async () => {
      const id = page.url().split("/").at(-1)!;
      const before = await nodes();
      const answers = await page.evaluate(async (id) => {
        const url = `/api/projects/${id}/canvas`;
        const put = async (body: string) => {
          const answer = await fetch(url, {
            method: "PUT",
            headers: { "content-type": "application/json" },
            body,
          });
          return [answer.status, (await answer.json()).detail as string] as const;
        };
        const shot = { id: "a", type: "shot", title: "A", position: { x: 0, y: 0 }, shot: "SHOT-900" };
        return [
          await put("{"),
          await put("[]"),
          await put(JSON.stringify({ graph: { nodes: "many", edges: [] } })),
          await put(JSON.stringify({ graph: { nodes: [shot, shot], edges: [] } })),
          await put(JSON.stringify({
            graph: {
              nodes: [shot],
              edges: [{
                id: "e",
                source: "a",
                source_port: "shot",
                target: "ghost",
                target_port: "previous",
              }],
            },
          })),
        ];
      }, id);
      assert.deepEqual(answers.map(([status]) => status), [400, 400, 400, 422, 422]);
      for (const [, detail] of answers) assert.ok(detail.length > 20, detail);
      await page.getByText("Saved", { exact: true }).waitFor();
      assert.equal(await nodes(), before);
    });
    await step(
      "a clip of 200 MB shows how far it is, can be stopped, and never fills the memory",
      async () => {
        const path = join(dataDir, "صورة 🌅 rushes.mkv");
        {
          using file = await Deno.open(path, { write: true, create: true });
          // What Matroska begins with; the rest is a hole.
          await file.write(
            new Uint8Array([
              0x1a,
              0x45,
              0xdf,
              0xa3,
              0x93,
              0x42,
              0x82,
              0x88,
              ...new TextEncoder().encode("matroska"),
            ]),
          );
          await file.truncate(200 * MIB);
        }
        const dropFile = async () => {
          const input = await page.evaluateHandle(() => {
            const input = document.createElement("input");
            input.type = "file";
            return input;
          });
          await input.asElement()!.setInputFiles(path);
          await page.evaluate((input) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(input.files![0]!);
            const pane = document.querySelector(".react-flow__pane")!;
            const { x, y } = pane.getBoundingClientRect();
            for (const type of ["dragover", "drop"]) {
              pane.dispatchEvent(
                new DragEvent(type, { dataTransfer, clientX: x + 40, clientY: y + 40, bubbles: true }),
              );
            }
          }, input as unknown as HTMLInputElement);
        };
        const before = await peak(page);
        await dropFile();
        await page.locator(".upload", { hasText: /(Reading|Sending) [1-9]\d* %/ }).waitFor();
        await page.getByRole("button", { name: /^Stop/ }).click();
        await page.locator(".upload").waitFor({ state: "detached" });
        await dropFile();
        await page.locator(".upload", { hasText: /Sending [1-9]\d* %/ }).waitFor();
        await page.locator(".upload").waitFor({ state: "detached", timeout: 120_000 });
        await page.getByRole("tab", { name: "Project media" }).click();
        await page.locator(".media-entry", { hasText: "🌅" }).or(
          page.locator(".media-entry", { hasText: "rushes" }),
        )
          .first().waitFor();
        const grown = (await peak(page) - before) / MIB;
        assert.ok(grown < 120, `the page grew by ${grown.toFixed()} MB`);
      },
    );
    await step("times are told by the studio's clock", async () => {
      await page.getByRole("tab", { name: "History" }).click();
      await page.locator(".dock").getByText(/^(just now|\d min ago)$/).first().waitFor();
      assert.equal(await page.locator(".dock").getByText(/h ago/).count(), 0);
    });
    await step("everything is there after a reload, and in the list of films", async () => {
      await page.getByText("Saved", { exact: true }).waitFor();
      await page.reload();
      await page.locator('.node header b[title="مشهد ١ 🌊"]').waitFor();
      await page.getByTitle("All films").click();
      await page.locator(".card b", { hasText: TITLE }).waitFor();
    });
    // The refused calls are the browser's own complaints.
    assert.deepEqual(complaints.filter((each) => !/status of 4(00|22)/.test(each)), []);
  },
);

/** The most memory that the page's process ever held, bytes. */
async function peak(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let most = 0;
  for (const { id, type } of processInfo) {
    if (type !== "renderer") continue;
    const status = await Deno.readTextFile(`/proc/${id}/status`).catch(() => "");
    most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }
  return most;
}

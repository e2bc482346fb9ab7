import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { build } from "../../ui/build.ts";
import { startLocalStudio } from "../start/studio.ts";
import { openPage, tell } from "../testing/browser.ts";

/** Two people in two real browsers work on one film; the gateway is restarted under their hands. */
Deno.test(
  { name: "two people work on one canvas", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await build();
    const dataDir = await Deno.makeTempDir({ prefix: "studio-two-" });
    const environment = { STUDIO_DATA: dataDir, PORT: "0", LOG_LEVEL: "error", COMFYUI_URL: "none" };
    let studio = await startLocalStudio(environment, { quiet: true });
    try {
      await using open = await openPage(studio.ownerLink);
      const ada = open.page;
      const step = async (name: string, story: () => Promise<void>) => {
        if (!await t.step(name, story)) throw new Error(`stopped at: ${name}`);
      };
      const node = (page: Page, title: string) =>
        page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
      const place = async (page: Page, title: string) => (await node(page, title).boundingBox())!;
      let ben!: Page;

      await step("one begins a film, the other is let in and sees it", () =>
        tell(ada, async () => {
          await ada.getByRole("button", { name: "New film" }).first().click();
          await ada.getByLabel("Title").fill("Two hands");
          await ada.getByRole("button", { name: "Begin" }).click();
          await ada.getByRole("button", { name: "Add the first shot" }).click();
          await node(ada, "SHOT-010").waitFor();
          const link = await ada.evaluate(async () => {
            const answer = await fetch("/api/auth/links", {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ name: "Ben Okri", role: "artist" }),
            });
            return (await answer.json()).url as string;
          });
          ben = await open.another(link);
          await ben.goto(ada.url());
          await node(ben, "SHOT-010").waitFor();
          await ada.getByRole("img", { name: "Ben Okri" }).waitFor();
        }));
      await step("each sees the other's pointer, choice and drag", () =>
        tell(ada, async () => {
          const at = await place(ben, "SHOT-010");
          await ben.mouse.move(at.x + 80, at.y + 14);
          await ada.locator(".others .pointer", { hasText: "Ben Okri" }).waitFor();
          const before = await place(ada, "SHOT-010");
          await ben.mouse.down();
          await ben.mouse.move(at.x + 80, at.y + 120, { steps: 8 });
          // Still held: no change of the document, and seen all the same.
          await ada.locator('.others .outline[data-node^="shot"]').waitFor();
          await moved(ada, "SHOT-010", before.y, 60);
          assert.equal(await ben.locator('[title^="Undo: Move"]').count(), 0);
          await ben.mouse.up();
          await ben.locator('[title="Undo: Move SHOT-010"]').first().waitFor();
          await moved(ada, "SHOT-010", before.y, 60);
        }));
      await step("both write at once, and each undoes what is theirs", () =>
        tell(ada, async () => {
          await node(ada, "SHOT-010").locator("header").click();
          await node(ben, "SHOT-010").locator("header").click();
          const write = async (page: Page, label: string, text: string) => {
            await field(page, label).fill(text);
            await field(page, label).blur();
          };
          await Promise.all([write(ada, "Prompt", "A pier in fog"), write(ben, "Name", "The pier")]);
          await node(ada, "The pier").waitFor();
          await shows(ben, "Prompt", "A pier in fog");
          await ada.getByRole("button", { name: "Undo" }).or(ada.locator('[title^="Undo: "]')).first()
            .click();
          await shows(ben, "Prompt", "");
          await node(ada, "The pier").waitFor();
        }));
      await step(
        "what both do while the studio is away is there when it is back",
        () =>
          tell(ada, async () => {
            const { port } = new URL(studio.url);
            await studio.stop();
            await ada.getByText("Saved, reconnecting…").waitFor();
            await ben.getByText("Saved, reconnecting…").waitFor();
            await shows(ada, "Prompt", "");
            await field(ada, "Prompt").fill("Kept through the storm");
            await field(ada, "Prompt").blur();
            await ada.getByText("Offline, 1 change kept on this computer").waitFor();
            await ben.locator(".left .palette-entry", { hasText: "Note" }).click();
            await ben.getByText("Offline, 1 change kept on this computer").waitFor();
            studio = await startLocalStudio({ ...environment, PORT: port }, { quiet: true });
            await node(ada, "Note").waitFor({ timeout: 60_000, state: "attached" });
            await node(ben, "The pier").locator("header").click();
            await shows(ben, "Prompt", "Kept through the storm");
            for (const page of [ada, ben]) await page.getByText("Saved", { exact: true }).waitFor();
          }),
      );
      await step("who leaves is gone", () =>
        tell(ada, async () => {
          await ada.getByRole("img", { name: "Ben Okri" }).waitFor();
          await ben.close();
          await ada.getByRole("img", { name: "Ben Okri" }).waitFor({ state: "detached" });
          await ada.locator(".others .pointer").waitFor({ state: "detached" });
        }));
      // While the studio was away the browser itself complained that it does not answer.
      assert.deepEqual(open.complaints.filter((each) => !/ERR_|WebSocket/.test(each)), []);
    } finally {
      await studio.stop();
      await Deno.remove(dataDir, { recursive: true });
    }
  },
);

/** Waits until a node lies at least so many pixels below. */
async function moved(page: Page, title: string, from: number, by: number): Promise<void> {
  await page.waitForFunction(
    ([title, from, by]) => {
      const heading = document.querySelector(`.node header b[title="${title}"]`);
      return heading && heading.closest(".node")!.getBoundingClientRect().top - from > by;
    },
    [title, from, by] as const,
  );
}

/** A field of the inspector. */
function field(page: Page, label: string) {
  return page.locator(".right").getByLabel(label).first();
}

async function shows(page: Page, label: string, text: string): Promise<void> {
  const element = await field(page, label).elementHandle();
  await page.waitForFunction(
    ([element, text]) => (element as HTMLTextAreaElement).value === text,
    [element, text] as const,
  );
}

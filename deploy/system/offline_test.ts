import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { build } from "../../ui/build.ts";
import { type LocalStudio, startLocalStudio } from "../start/studio.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

/** What an artist does while the studio is away, and closes the page, is not lost; nor is it ever sent as somebody else's. */
Deno.test(
  { name: "edits made offline outlive their tab", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await build();
    const dataDir = await Deno.makeTempDir({ prefix: "studio-offline-" });
    const environment = { STUDIO_DATA: dataDir, PORT: "0", LOG_LEVEL: "error", COMFYUI_URL: "none" };
    let studio: LocalStudio = await startLocalStudio(environment, { quiet: true });
    const { port } = new URL(studio.url);
    const restart = async () =>
      studio = await startLocalStudio({ ...environment, PORT: port }, { quiet: true });
    try {
      await using open = await openPage(studio.ownerLink);
      let page = open.page;
      const context = page.context();
      const step = stepsOf(t, page);
      let film = "";
      const reopen = async () => {
        page = await context.newPage();
        page.setDefaultTimeout(20_000);
        await page.goto(film);
      };

      await step("a film of one shot is saved", async () => {
        await page.getByRole("button", { name: "New film" }).first().click();
        await page.getByLabel("Title").fill("The storm");
        await page.getByRole("button", { name: "Begin" }).click();
        await page.getByRole("button", { name: "Add the first shot" }).click();
        await saved(page);
        film = page.url();
      });

      await step("the studio goes; what is done and typed then is kept when the tab is closed", async () => {
        // In the middle of an edit: what is typed stays where it is typed.
        await node(page, "SHOT-010").locator("header").click();
        await prompt(page).fill("A pier in f");
        await studio.stop();
        await page.getByText("Saved, reconnecting…").waitFor();
        await prompt(page).pressSequentially("og");
        await prompt(page).blur();
        await page.getByText("Offline, 1 change kept on this computer").waitFor();
        await page.locator(".left .palette-entry", { hasText: "Note" }).click();
        await page.getByText("Offline, 2 changes kept on this computer").waitFor();
        // Nothing would be lost: leaving asks nothing, and what is half typed is taken along.
        await page.locator(".right").getByLabel("Text").fill("Ask for more fog");
        page.on("dialog", () => assert.fail("leaving was held up"));
        await page.close({ runBeforeUnload: true });
        await until(() => page.isClosed());
      });

      await step("a page opened later sends it, and undo still knows it", async () => {
        await restart();
        await reopen();
        await saved(page);
        await node(page, "SHOT-010").locator("header").click();
        assert.equal(await prompt(page).inputValue(), "A pier in fog");
        await page.getByText("Ask for more fog").waitFor();
        await page.keyboard.press("Escape");
        await page.locator('[title="Undo: Write"]').first().click();
        await page.getByText("Ask for more fog").waitFor({ state: "detached" });
        await saved(page);
        await reloadClean(page);
        await node(page, "Note").waitFor();
      });

      await step(
        "what collides with somebody else's work is shown with its reason, and can be thrown away",
        async () => {
          const id = film.split("/").at(-1)!;
          // A tab whose browser keeps nothing says so, and does not go without a question.
          const bare = await context.newPage();
          await bare.goto(studio.url);
          await bare.evaluate(() => {
            IDBFactory.prototype.open = () => {
              throw new Error("This browser keeps nothing");
            };
          });
          await bare.getByRole("link", { name: "The storm" }).click();
          await saved(bare);
          await studio.stop();
          await page.getByText("Saved, reconnecting…").waitFor();
          await bare.locator(".left .palette-entry", { hasText: "Note" }).click();
          await bare.getByText("Offline, 1 change in this tab only").waitFor();
          const asked = bare.waitForEvent("dialog");
          await bare.close({ runBeforeUnload: true });
          assert.equal((await asked).type(), "beforeunload");
          await (await asked).dismiss();
          await bare.close();
          await page.locator(".left .palette-entry", { hasText: "Shot" }).click();
          await page.getByText("Offline, 1 change kept on this computer").waitFor();
          await page.locator(".right").getByLabel("Prompt").fill("Mine");
          await page.locator(".right").getByLabel("Prompt").blur();
          await page.getByText("Offline, 2 changes kept on this computer").waitFor();
          await page.locator(".left .palette-entry", { hasText: "Note" }).click();
          await page.getByText("Offline, 3 changes kept on this computer").waitFor();
          await page.close();
          await restart();
          page = await context.newPage();
          page.setDefaultTimeout(20_000);
          // Before it is opened again a script makes the shot of that name.
          await page.goto(`${studio.url}/people`);
          const status = await page.evaluate(async (id) => {
            const node = {
              id: "theirs",
              type: "shot",
              title: "Theirs",
              shot: "SHOT-020",
              position: { x: 0, y: 400 },
            };
            const answer = await fetch(`/api/projects/${id}/canvas`, {
              method: "PATCH",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ operations: [{ op: "add_node", node }] }),
            });
            return answer.status;
          }, id);
          assert.equal(status, 200);
          await page.goto(film);
          await page.getByRole("button", { name: "Refused: 2 changes" }).click();
          const list = page.getByRole("dialog", { name: "Not in the film" });
          await list.getByText("every shot needs a name of its own").waitFor();
          await page.waitForFunction(() => document.querySelectorAll(".node.note").length === 2);
          await page.keyboard.press("Escape");
          // It outlives this page as well.
          await saved(page);
          await page.reload();
          await page.getByRole("button", { name: "Refused: 2 changes" }).click();
          const download = page.waitForEvent("download");
          await list.getByRole("button", { name: "Download" }).first().click();
          const text = await Deno.readTextFile(await (await download).path());
          assert.equal(JSON.parse(text).operations[0].node.shot, "SHOT-020");
          await list.getByRole("button", { name: "Throw away" }).first().click();
          await list.getByRole("button", { name: "Throw away" }).first().click();
          await list.waitFor({ state: "detached" });
          await reloadClean(page);
          assert.equal(await page.getByText(/Refused/).count(), 0);
        },
      );

      await step(
        "a different person on this computer sends nothing of it, and the first finds it again",
        async () => {
          const invite = await page.evaluate(async () => {
            const make = async (body: unknown) => {
              const answer = await fetch("/api/auth/links", {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify(body),
              });
              return (await answer.json()).url as string;
            };
            const me = await (await fetch("/api/me")).json();
            return {
              ben: await make({ name: "Ben Okri", role: "artist" }),
              me: await make({ user_id: me.id }),
            };
          });
          // Another tab becomes somebody else's; this one was opened as hers, and is at that until its line breaks.
          const other = await context.newPage();
          await other.goto(invite.ben);
          await other.getByRole("link", { name: "The storm" }).waitFor();
          await studio.stop();
          await page.getByText("Saved, reconnecting…").waitFor();
          await page.getByRole("button", { name: "Fit" }).click();
          await node(page, "SHOT-010").locator("header").click();
          await prompt(page).fill("Only mine");
          await prompt(page).blur();
          await page.getByText("Offline, 1 change kept on this computer").waitFor();
          await restart();
          await page.getByRole("button", { name: /Ben Okri/ }).or(page.getByTitle(/Ben Okri/)).first()
            .waitFor();
          await saved(page);
          await node(page, "SHOT-010").locator("header").click();
          assert.equal(await prompt(page).inputValue(), "A pier in fog");
          await other.goto(invite.me);
          await reloadClean(page);
          await node(page, "SHOT-010").locator("header").click();
          await page.waitForFunction(() =>
            [...document.querySelectorAll("textarea")].some((text) => text.value === "Only mine")
          );
          await saved(page);
          // And the studio has it: it is there without this computer's memory.
          await page.evaluate(() => indexedDB.deleteDatabase("studio-canvas"));
          await reloadClean(page);
          await node(page, "SHOT-010").locator("header").click();
          assert.equal(await prompt(page).inputValue(), "Only mine");
          await page.getByRole("tab", { name: "History" }).click();
          await page.locator(".dock").getByRole("button", { name: "Update project.json" }).first().waitFor();
        },
      );
      // While the studio was away the browser itself complained that it does not answer.
      assert.deepEqual(open.complaints.filter((each) => !/ERR_|WebSocket/.test(each)), []);
    } finally {
      await studio.stop();
      await Deno.remove(dataDir, { recursive: true });
    }
  },
);

function node(page: Page, title: string) {
  return page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
}

function prompt(page: Page) {
  return page.locator(".right").getByLabel("Prompt").first();
}

async function saved(page: Page): Promise<void> {
  await page.getByText("Saved", { exact: true }).waitFor();
}

async function reloadClean(page: Page): Promise<void> {
  await page.reload();
  await saved(page);
}

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (is()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("Waited in vain");
}

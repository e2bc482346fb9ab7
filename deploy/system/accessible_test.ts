import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { png } from "../../gateway/assets/testing.ts";
import { openArtist } from "../testing/artist.ts";
import { findings } from "../testing/axe.ts";
import { stepsOf } from "../testing/browser.ts";

const at = (x: number, y: number) => ({ position: { x, y } });
const base = { prompt: "A pier in fog", seed: 7 };
const GRAPH = {
  nodes: [
    { id: "hero", type: "asset", title: "Keeper", ...at(0, 0) },
    { id: "still", type: "generate_image", title: "Lamp room", shot: "STILL-010", ...base, ...at(0, 220) },
    { id: "edit", type: "edit_image", title: "Mend the lamp", shot: "EDIT-010", ...base, ...at(280, 220) },
    {
      id: "kontext",
      type: "kontext",
      title: "At night",
      shot: "KONTEXT-010",
      off: "bypassed",
      ...base,
      ...at(280, 460),
    },
    { id: "wan", type: "pipeline", title: "Pipeline", off: "muted", ...at(0, 460) },
    { id: "shot", type: "shot", title: "SHOT-010", shot: "SHOT-010", duration: 24, ...base, ...at(280, 0) },
    { id: "next", type: "shot", title: "SHOT-020", shot: "SHOT-020", duration: 24, ...base, ...at(560, 0) },
    { id: "film", type: "assembler", title: "Film", ...at(840, 0) },
    { id: "box", type: "group", title: "Later", collapsed: true, ...at(840, 240) },
    { id: "note", type: "note", title: "Note", text: "Fog first.", ...at(560, 260) },
  ],
  edges: [
    { id: "a", source: "hero", source_port: "asset", target: "shot", target_port: "assets" },
    { id: "b", source: "still", source_port: "image", target: "edit", target_port: "source" },
    { id: "c", source: "shot", source_port: "shot", target: "next", target_port: "previous" },
    { id: "d", source: "next", source_port: "shot", target: "film", target_port: "sequence" },
  ],
};

/** SCREENSHOTS names a folder for a picture of each of them. Every page and panel, in both themes; axe-core's serious and critical findings are none. */
Deno.test(
  { name: "nothing on any page keeps a person out", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using artist = await openArtist();
    const { page } = artist;
    const node = (title: string) =>
      page.locator(".node", { has: page.locator(`header b[title="${title}"]`) });
    const step = stepsOf(t, page);
    const all: string[] = [];
    const pictures = Deno.env.get("SCREENSHOTS");
    const look = async (where: string) => {
      if (pictures) await page.screenshot({ path: `${pictures}/${where.replaceAll(/\W+/g, "-")}.png` });
      for (const finding of await findings(page)) all.push(`${where}: ${finding}`);
    };

    await step("the films, and who works on them", async () => {
      await page.getByText("No film yet").waitFor();
      await look("no film");
      await page.getByRole("button", { name: "New film" }).first().click();
      await page.getByLabel("Title").waitFor();
      await look("new film");
      await page.keyboard.press("Escape");
      for (
        const [name, words] of [
          ["people", "People"],
          ["usage", "Usage"],
          ["fleet", "Fleet"],
          ["runners", "Runners"],
          ["operations", "Operations"],
        ] as const
      ) {
        await page.goto(`${artist.studio.url}/${name}`);
        await page.getByRole("heading", { name: words }).first().waitFor();
        await look(name);
      }
      const stranger = await artist.another(artist.studio.url);
      await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
      for (const finding of await findings(stranger)) all.push(`sign-in: ${finding}`);
      await stranger.context().close();
    });
    let film = { id: "", slug: "" };
    await step("a film with takes", async () => {
      film = await artist.film("The Lighthouse Keeper", GRAPH);
      for (const [node_id, takes] of [["shot", 2], ["next", 1], ["still", 1]] as const) {
        await artist.call("POST", `/projects/${film.id}/jobs`, { node_id, takes });
      }
      await page.getByText("2 of 2 shots ready").waitFor({ timeout: 90_000 });
      await node("Lamp room").locator(".picture img").waitFor({ timeout: 60_000 });
      await page.getByRole("button", { name: "Fit" }).click();
    });
    await step("each kind of node in the inspector", async () => {
      for (
        const [title, shown] of [
          ["Keeper", "Add pictures"],
          ["Lamp room", "Generate"],
          ["Mend the lamp", "Paint a mask"],
          ["At night", "Generate"],
          ["Pipeline", null],
          ["Film", "Render film"],
          ["Later", null],
          ["Note", null],
          ["SHOT-010", "Generate"],
        ] as const
      ) {
        await node(title).locator("header").click();
        await page.locator(".right").getByLabel("Name").waitFor();
        if (shown) await page.locator(".right").getByRole("button", { name: shown }).first().waitFor();
        await look(title);
      }
    });
    await step("the dock, and what can be brought in", async () => {
      for (const tab of ["Fleet", "History", "Notices", "Queue"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.locator("#dock-content > *").first().waitFor();
        if (tab === "Fleet") {
          await page.getByRole("button", { name: /^Settings of / }).first().click();
          await page.getByRole("button", { name: "Drain for maintenance" }).waitFor();
        }
        await look(tab);
      }
      await page.locator(".middle input[type=file]").or(page.locator("body")).first().waitFor();
      await page.getByRole("tab", { name: "Project media" }).click();
      await page.getByLabel("Search media").waitFor();
      await look("media");
      await page.getByRole("tab", { name: "Nodes" }).click();
    });
    await step("the library, branches, and the inside of a group", async () => {
      await node("Keeper").locator("header").click({ button: "right" });
      await page.getByRole("menuitem", { name: "Publish to the library" }).waitFor();
      await look("menu of a node");
      await page.getByRole("menuitem", { name: "Publish to the library" }).click();
      await page.getByRole("dialog", { name: "Publish to the library" }).waitFor();
      await look("publish");
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      await page.locator("dialog[open]").waitFor({ state: "detached" });
      await page.getByRole("tab", { name: "Library" }).click();
      await page.getByLabel("Search the library").waitFor();
      await look("library");
      await page.getByRole("tab", { name: "Nodes" }).click();
      await page.locator(".branch-menu > summary").click();
      await page.getByRole("button", { name: "New branch from here" }).waitFor();
      await look("branches");
      await page.getByRole("button", { name: "New branch from here" }).click();
      await page.locator("dialog[open]").getByLabel("Name", { exact: true }).waitFor();
      await look("new branch");
      await page.keyboard.press("Escape");
      await page.locator("dialog[open]").waitFor({ state: "detached" });
      await node("Later").locator("header").click();
      await page.locator("#canvas").focus();
      await page.keyboard.press("Enter");
      await page.locator(".breadcrumb li").nth(1).waitFor();
      await look("inside of a group");
      await page.keyboard.press("u");
      await page.locator(".breadcrumb li").nth(1).waitFor({ state: "detached" });
      await node("SHOT-010").locator("header").click();
    });
    await step("what opens over the canvas", async () => {
      await page.locator(".right .take").nth(1).waitFor();
      await page.locator(".right .trim-strip").waitFor();
      await look("a shot with its takes and its trim");
      for (const take of [0, 1]) await page.locator(".right .take").nth(take).click();
      await page.getByRole("button", { name: "Compare" }).click();
      await page.getByRole("dialog", { name: "Compare two takes" }).waitFor();
      for (const way of ["Side by side", "Wipe"]) {
        await page.getByRole("button", { name: way }).click();
        await look(`compare, ${way}`);
      }
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByRole("dialog", { name: "Preview of the film" }).waitFor();
      await look("preview");
      await page.keyboard.press("Escape");
      await node("Mend the lamp").locator("header").click();
      await page.getByRole("button", { name: "Paint a mask" }).click();
      await page.locator(".painter canvas.mask").waitFor();
      await look("mask");
      await page.keyboard.press("Escape");
      await page.locator("dialog[open]").waitFor({ state: "detached" });
      await page.locator("#canvas").focus();
      for (
        const [key, what] of [["Tab", ".middle .search"], ["Control+k", "dialog.search"], [
          "c",
          "dialog.search",
        ], [
          "?",
          "dialog.sheet",
        ]] as const
      ) {
        await page.keyboard.press(key);
        await page.locator(what).waitFor();
        await look(key);
        await page.keyboard.press("Escape");
        await page.locator(what).waitFor({ state: "detached" });
      }
    });
    await step("a failed file, said", async () => {
      await page.keyboard.press("Control+k");
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("combobox", { name: "Command" }).fill("Import");
      await page.keyboard.press("Enter");
      await (await chooser).setFiles([
        { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no picture") },
        { name: "Pier.png", mimeType: "image/png", buffer: Buffer.from(png(64, 48, 90)) },
      ]);
      await page.locator(".upload.failed").waitFor();
      await look("a failed file");
      await page.goto(artist.studio.url);
      await page.locator(".card").waitFor();
      await look("films");
    });
    // Once each, however many panels it is on.
    const different = new Map(all.map((each) => [each.slice(each.indexOf(": ") + 2), each]));
    if (different.size) assert.fail(`${different.size} findings\n${[...different.values()].join("\n")}`);
    // The stranger was asked to sign in.
    assert.deepEqual(artist.complaints.filter((each) => !each.includes("401 (Unauthorized)")), []);
  },
);

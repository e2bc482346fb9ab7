import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { png } from "../../gateway/assets/testing.ts";
import { tell } from "../testing/browser.ts";
import { type OpenFilm, openFilm } from "../testing/film.ts";
import { at, shot, wire } from "../testing/nodes.ts";

const FILM = {
  nodes: [
    { id: "keeper", type: "asset", title: "Keeper", ...at(0, 0) },
    { id: "wan", type: "pipeline", title: "Wan", ...at(0, 220) },
    { id: "ltx", type: "pipeline", title: "LTX", ...at(0, 330) },
    { id: "note", type: "note", title: "Note", ...at(0, 440) },
    shot("a", 1, 300, 0),
    shot("b", 2, 300, 260),
    shot("c", 3, 580, 0),
    { id: "edit", type: "edit_image", title: "Lamp", shot: "EDIT-010", ...at(580, 260) },
    { id: "film", type: "assembler", title: "Assembler", ...at(860, 0) },
  ],
  edges: [wire("wan", "pipeline", "a", "pipeline"), wire("keeper", "asset", "edit", "source")],
};

const handle = (node: string, port: string) =>
  `.react-flow__node[data-id="${node}"] .react-flow__handle[data-handleid="${port}"]`;

/** One gesture with mouse and keyboard. `undo`: what the undo button then says. */
interface Gesture {
  name: string;
  undo: string;
  do(film: OpenFilm, page: Page): Promise<void>;
}

const field = (page: Page, label: string) =>
  page.locator("aside.right").getByLabel(label, { exact: true }).first();
/** Fields carry a note in their label. */
const noted = (page: Page, label: string) => page.locator("aside.right").getByLabel(label).first();
async function write(page: Page, label: string, text: string): Promise<void> {
  await noted(page, label).fill(text);
  await noted(page, label).press("Control+Enter");
}
async function choose(film: OpenFilm, ...titles: string[]): Promise<void> {
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
async function pull(page: Page, selector: string, x: number, y: number): Promise<void> {
  // Waits until the view has come to rest.
  await page.locator(selector).first().hover();
  const box = (await page.locator(selector).first().boundingBox())!;
  const from = [box.x + box.width / 2, box.y + Math.min(12, box.height / 2)] as const;
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(from[0] + x, from[1] + y, { steps: 6 });
  await page.mouse.up();
}

const GESTURES: readonly Gesture[] = [
  {
    name: "adds a node",
    undo: "Add Note",
    async do(film, page) {
      await choose(film);
      await page.locator(".left .palette-entry", { hasText: "Note" }).click();
    },
  },
  {
    name: "moves one node",
    undo: "Move SHOT-030",
    do: (_, page) => pull(page, '.react-flow__node[data-id="c"]', 20, -30),
  },
  {
    name: "moves several nodes",
    undo: "Move 2 nodes",
    async do(film, page) {
      await choose(film, "SHOT-010", "SHOT-020");
      await pull(page, '.react-flow__node[data-id="a"]', 0, -30);
    },
  },
  {
    name: "connects",
    undo: "Connect",
    do: (film) => film.drag(handle("a", "shot"), handle("b", "previous")),
  },
  {
    name: "wires one input to another node",
    undo: "Connect",
    do: (film) => film.drag(handle("ltx", "pipeline"), handle("a", "pipeline")),
  },
  {
    name: "chains the film",
    undo: "Connect",
    do: (film) => film.drag(handle("b", "shot"), handle("film", "sequence")),
  },
  {
    name: "writes a text",
    undo: "Write the prompt",
    async do(film, page) {
      await choose(film, "SHOT-010");
      await write(page, "Prompt", "A storm at the pier");
    },
  },
  {
    name: "sets a number",
    undo: "Set the duration",
    do: (_, page) => write(page, "Duration", "18"),
  },
  {
    name: "trims",
    undo: "Trim the beginning",
    async do(_, page) {
      await field(page, "In").fill("3");
      await field(page, "In").press("Enter");
    },
  },
  {
    name: "presses a switch",
    undo: "Lock the seed",
    do: (_, page) => page.locator("aside.right").getByTitle("Lock the seed").click(),
  },
  {
    name: "dissolves into the next shot",
    undo: "Dissolve out of the shot",
    async do(_, page) {
      await page.locator("aside.right .cut-fields summary").click();
      await noted(page, "Into the next shot").selectOption("dissolve");
    },
  },
  {
    name: "chooses a runner",
    undo: "Choose a runner",
    async do(film, page) {
      await choose(film, "Wan");
      await noted(page, "Runner").selectOption({ index: 1 });
    },
  },
  {
    name: "renames on the node",
    undo: "Rename SHOT-030",
    async do(film, page) {
      await choose(film, "SHOT-030");
      await page.keyboard.press("F2");
      await page.getByLabel("Name of the node").fill("The pier");
      await page.keyboard.press("Enter");
    },
  },
  {
    name: "writes a note",
    undo: "Write",
    async do(film, page) {
      await film.page.locator('.react-flow__node[data-id="note"] header').click();
      await write(page, "Text", "Ask about the fog machine");
    },
  },
  {
    name: "brings a picture to an asset",
    undo: "Add keeper.png",
    async do(film, page) {
      await choose(film, "Keeper");
      const dialog = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Add pictures" }).click();
      const buffer = Buffer.from(png(64, 48, 90));
      await (await dialog).setFiles({ name: "keeper.png", mimeType: "image/png", buffer });
    },
  },
  {
    name: "paints a mask",
    undo: "Paint the mask of Lamp",
    async do(film, page) {
      await choose(film, "Lamp");
      await page.getByRole("button", { name: "Paint a mask" }).click();
      const canvas = page.locator(".painter canvas.mask");
      await canvas.waitFor();
      await pull(page, ".painter canvas.mask", 60, 40);
      await page.getByRole("button", { name: "Save mask" }).click();
      await page.locator("dialog.painter").waitFor({ state: "detached" });
    },
  },
  {
    name: "removes the mask",
    undo: "Remove the mask",
    do: (_, page) => page.getByTitle("Remove the mask").click(),
  },
  {
    name: "takes a picture out",
    undo: "Take a picture out",
    async do(film, page) {
      await choose(film, "Keeper");
      await page.locator(".right .pictures figure").hover();
      await page.getByLabel("Take picture 1 out").click();
    },
  },
  {
    name: "chooses another active take",
    undo: "Make SHOT-010_v01_take01 active",
    async do(film, page) {
      await choose(film, "SHOT-010");
      await page.locator(".right .take", { hasText: "take 01" }).dblclick();
    },
  },
  {
    name: "restores the settings of a take",
    undo: "Restore SHOT-010_v01_take01",
    async do(film, page) {
      await choose(film, "SHOT-010");
      await page.locator(".right .take", { hasText: "take 01" }).click();
      await page.getByRole("button", { name: "Restore settings" }).click();
    },
  },
  {
    name: "chooses another quality",
    undo: "Quality High",
    do: (_, page) => page.getByRole("group", { name: "Quality" }).getByText("High").click(),
  },
  {
    name: "mutes several",
    undo: "Mute 2 nodes",
    async do(film, page) {
      await choose(film, "SHOT-010", "SHOT-020");
      await page.keyboard.press("Control+m");
    },
  },
  {
    name: "bypasses them instead",
    undo: "Bypass 2 nodes",
    do: (_, page) => page.keyboard.press("Control+b"),
  },
  {
    name: "switches them on again",
    undo: "Switch on 2 nodes",
    do: (_, page) => page.keyboard.press("Control+b"),
  },
  {
    name: "duplicates with wires",
    undo: "Duplicate 2 nodes",
    async do(film, page) {
      await choose(film, "SHOT-010", "SHOT-020");
      await page.keyboard.press("Control+d");
    },
  },
  {
    name: "deletes nodes with their wires",
    undo: "Delete 2 things",
    do: (_, page) => page.keyboard.press("Delete"),
  },
  {
    name: "copies and pastes",
    undo: "Paste 2 nodes",
    async do(film, page) {
      await choose(film, "SHOT-010", "SHOT-020");
      await page.keyboard.press("Control+c");
      // Below all others, where nothing is covered.
      await page.mouse.move(300, 570);
      await page.keyboard.press("Control+v");
    },
  },
  {
    name: "deletes a wire",
    undo: "Delete 1 things",
    async do(film, page) {
      await choose(film);
      await clickWire(page);
      await page.keyboard.press("Delete");
    },
  },
  {
    name: "groups",
    undo: "Group 2 nodes",
    async do(film, page) {
      await choose(film, "SHOT-010", "SHOT-020");
      await page.keyboard.press("Control+g");
      await page.getByLabel("Name of the node").press("Escape");
    },
  },
  {
    name: "folds",
    undo: "Fold Group",
    async do(film, page) {
      await choose(film);
      await page.locator('.frame-title b[title="Group"]').click();
      await page.keyboard.press("Alt+c");
    },
  },
  {
    name: "nests",
    undo: "Group 2 nodes",
    async do(film, page) {
      await choose(film, "Group", "The pier");
      await page.keyboard.press("Control+g");
      await page.getByLabel("Name of the node").press("Escape");
      await page.keyboard.press("Enter");
      await page.getByRole("navigation", { name: "Where you are" }).waitFor();
      await film.node("Group").locator("header b").dblclick();
      await page.locator(".breadcrumb li").nth(2).waitFor();
    },
  },
  {
    name: "promotes a field",
    undo: "Promote Prompt to Group",
    async do(film, page) {
      await film.node("SHOT-010").locator("header").click();
      await page.getByRole("button", { name: "Promote Prompt to Group" }).click();
    },
  },
  {
    name: "promotes another",
    undo: "Promote Duration to Group",
    do: (_, page) => page.getByRole("button", { name: "Promote Duration to Group" }).click(),
  },
  {
    name: "names a promoted field",
    undo: "Call it Weather",
    async do(_, page) {
      await page.locator(".react-flow__pane").click({ position: { x: 30, y: 300 } });
      await page.getByRole("button", { name: "Arrange" }).click();
      await page.getByLabel("Called").first().fill("Weather");
      await page.getByLabel("Called").first().press("Enter");
    },
  },
  {
    name: "puts promoted fields in another order",
    undo: "Move Weather down",
    async do(_, page) {
      await page.getByTitle("Further down").first().click();
      await page.getByRole("button", { name: "Done" }).click();
    },
  },
  {
    name: "writes through a promoted field",
    undo: "Write the prompt",
    do: (_, page) => write(page, "Weather", "Hail"),
  },
  {
    name: "promotes it further up",
    undo: "Promote Weather to Group",
    do: (_, page) => page.getByRole("button", { name: "Promote Weather to Group" }).click(),
  },
  {
    name: "adds a node inside of a group",
    undo: "Add Note",
    do: (_, page) => page.locator(".left .palette-entry", { hasText: "Note" }).click(),
  },
  {
    name: "takes it out of the group",
    undo: "Take Note out of Group",
    async do(_, page) {
      await command(page, "Take out of the group");
      // It is chosen one level up; go there again to where the rest happens.
      await page.locator(".breadcrumb li").nth(2).waitFor({ state: "detached" });
    },
  },
  {
    name: "unfolds",
    undo: "Unfold Group",
    async do(film, page) {
      await film.node("Group").locator("header b").click();
      await page.keyboard.press("Alt+c");
    },
  },
  {
    name: "dissolves a group with all in it",
    undo: "Dissolve 2 groups",
    async do(_, page) {
      await page.locator(".topbar h1").click();
      for (let up = 0; up < 3; up++) await page.keyboard.press("Escape");
      await page.locator(".breadcrumb").waitFor({ state: "detached" });
      await page.keyboard.press("Control+a");
      await command(page, "Dissolve the group");
    },
  },
  {
    name: "groups again, and ungroups",
    undo: "Group 2 nodes",
    async do(film, page) {
      await choose(film, "SHOT-010", "SHOT-020");
      await page.keyboard.press("Control+g");
      await page.getByLabel("Name of the node").press("Escape");
    },
  },
  {
    name: "ungroups",
    undo: "Ungroup Group",
    async do(film, page) {
      await choose(film);
      await page.locator('.frame-title b[title="Group"]').click();
      await page.keyboard.press("Control+Shift+g");
    },
  },
];

Deno.test(
  { name: "every gesture is one step of undo, there and back", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using film = await openFilm("There and back", FILM);
    const { page } = film;
    const state = async () => {
      const { quality } = await film.ask<{ quality: string }>(film.api);
      const { items } = await film.ask<{ items: { name: string; active: boolean }[] }>(
        `${film.api}/takes?node_id=a`,
      );
      return {
        ...await film.graph(),
        quality,
        active: items.filter((take) => take.active).map((take) => take.name),
      };
    };
    /** Waits until the studio has it so; a difference that stays is shown. */
    const becomes = async (wanted: unknown, what: string) => {
      const deadline = Date.now() + 20_000;
      let now = await state();
      while (JSON.stringify(now) !== JSON.stringify(wanted) && Date.now() < deadline) now = await state();
      assert.deepEqual(now, wanted, what);
    };
    const saved = () => page.locator(".topbar [role=status]").getByText("Saved", { exact: true }).waitFor();

    await tell(page, async () => {
      await film.node("Keeper").waitFor();
      // Two takes to choose between, the second of which is made active.
      await film.ask(`${film.api}/jobs`, { method: "POST", body: { node_id: "a", takes: 2 } });
      await choose(film, "SHOT-010");
      await page.locator(".right .take", { hasText: "take 02" }).waitFor({ timeout: 60_000 });
      await page.locator(".right .take", { hasText: "take 02" }).dblclick();
      await page.locator(".right .take.active", { hasText: "take 02" }).waitFor();
    });
    for (const gesture of GESTURES) {
      const passed = await t.step(gesture.name, () =>
        tell(page, async () => {
          await saved();
          const before = await state();
          await gesture.do(film, page);
          await page.locator(`.topbar [title="Undo: ${gesture.undo}"]`).waitFor();
          await saved();
          const after = await state();
          assert.notDeepEqual(after, before, "it changed something");
          await page.locator('.topbar [title^="Undo: "]').click();
          await becomes(before, "undone it is as before");
          await page.locator(`.topbar [title="Redo: ${gesture.undo}"]`).click();
          await becomes(after, "done again it is as after");
        }));
      if (!passed) throw new Error(`stopped at: ${gesture.name}`);
    }
    await t.step("undoes everything, step by step, to the film as it was", () =>
      tell(page, async () => {
        await page.locator(".topbar h1").click();
        for (let steps = 0; steps < GESTURES.length + 5; steps++) await page.keyboard.press("Control+z");
        await page.locator('.topbar [title="Nothing to undo"]').waitFor();
        await saved();
        const { nodes, edges } = await film.graph();
        assert.deepEqual(nodes.map((node) => node.id), FILM.nodes.map((node) => node.id).sort());
        assert.deepEqual(edges.map((edge) => edge.id), FILM.edges.map((edge) => edge.id).sort());
      }));
    assert.deepEqual(film.open.complaints, []);
  },
);

/** On a wire, at a point of it that nothing covers. */
async function clickWire(page: Page): Promise<void> {
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
async function command(page: Page, label: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("What do you want to do?").fill(label);
  await page.keyboard.press("Enter");
}

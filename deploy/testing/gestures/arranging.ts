import { choose, clickWire, command, type Gesture, write } from "./hand.ts";

/** Gestures on many nodes, wires and groups, in this order: they go on where those of editing.ts ended. */
export const ARRANGING: readonly Gesture[] = [
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

import { Buffer } from "node:buffer";
import { png } from "../../../gateway/assets/testing.ts";
import { choose, field, type Gesture, noted, pull, write } from "./hand.ts";

const handle = (node: string, port: string) =>
  `.react-flow__node[data-id="${node}"] .react-flow__handle[data-handleid="${port}"]`;

/** Gestures on a film's nodes and their fields, in this order: each begins where the one before ended. */
export const EDITING: readonly Gesture[] = [
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
];

import assert from "node:assert/strict";
import type { JSHandle, Page } from "playwright-core";
import { openArtist } from "../testing/artist.ts";
import { stepsOf } from "../testing/browser.ts";

/** An editor's way: the cut is set on the canvas, heard and seen before a render, given away and taken in again. */
Deno.test(
  { name: "an editor cuts, hears, marks and conforms a film", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using artist = await openArtist();
    const { page, complaints, node } = artist;
    // What comes after a failed step would only fail in its wake.
    const step = stepsOf(t, page);
    const panel = page.locator(".right");
    await page.getByText("No film yet").waitFor();
    const project = await film(page);
    await page.goto(new URL(`/p/${project}`, page.url()).href);

    await step("brings a sound by dropping it, and lays it on a track", async () => {
      await node("Film").waitFor();
      await drop(page, ".react-flow__pane", await fileOf(page, "Theme.wav", [...wave(3)]));
      await node("Film").locator("header").click();
      await panel.getByRole("button", { name: "Add a track" }).click();
      const choose = panel.getByLabel("Add a sound to Music");
      await choose.locator("option", { hasText: "Theme.wav" }).waitFor({ state: "attached" });
      await choose.selectOption({ label: "Theme.wav" });
      await panel.locator(".sound-clip summary", { hasText: "Theme.wav" }).click();
      await number(panel.getByLabel("Begins at"), "12");
      await number(panel.getByLabel("Fade in", { exact: true }).last(), "6");
      await number(panel.locator(".sound-clip").getByLabel("Level"), "-6");
    });
    await step("sets a wipe, black and a speed", async () => {
      await panel.locator(".cut-after summary").first().click();
      await panel.getByLabel("ONE into TWO").selectOption("21");
      await panel.locator(".cut-after").first().getByText("wipe 21, 12").waitFor();
      await node("TWO").locator("header").click();
      await panel.locator(".cut-fields summary").click();
      await number(panel.getByLabel("Speed"), "200");
      await number(panel.getByLabel("Black after it"), "10");
      await panel.getByLabel("Note for the editor").fill("Wait for the lamp");
      await page.locator(".topbar h1").click();
      await page.getByText("Saved", { exact: true }).waitFor();
    });
    await step("is told what each list does not carry, and gets the list that says it all", async () => {
      await node("Film").locator("header").click();
      await panel.getByText("What each carries, and how to bring it in").click();
      await panel.getByText("The wipe becomes a cross dissolve in Resolve.").waitFor();
      const list = await get(page, `/api/projects/${project}/assemblers/film/edl`);
      assert.match(list.text, /^002 {2}\S+ +B +W021 012 /m);
      assert.match(list.text, /^M2 +\S+ +048\.0/m);
      assert.match(list.text, /^\* NOTE: Wait for the lamp$/m);
      assert.match(list.text, /^\d+ {2}A\S+ +A2 +C /m);
      assert.match(list.text, /AUDIO LEVEL AT 01:00:00:12 IS -6\.00 DB/);
      assert.ok(list.lost.length > 0);
    });
    await step("plays it at once, frame by frame, with the sound at its level", async () => {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Preview", exact: true }).first().click();
      const preview = page.getByRole("dialog", { name: "Preview of the film" });
      await preview.waitFor();
      await page.keyboard.press("k");
      await page.keyboard.press("Home");
      for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
      assert.equal(await preview.getByLabel("Position").inputValue(), "3");
      // In the wipe, the second shot is cut open from the middle.
      await seek(page, 50);
      await page.waitForFunction(() =>
        [...document.querySelectorAll<HTMLElement>(".preview .frame")].some((it) =>
          it.style.clipPath.startsWith("inset")
        )
      );
      await page.locator('audio[data-sound="Theme"]').waitFor({ state: "attached" });
      await page.keyboard.press("l");
      await page.waitForFunction(() => {
        const audio = document.querySelector<HTMLAudioElement>("audio[data-sound]");
        return audio && !audio.paused && Math.abs(audio.volume - 10 ** (-6 / 20)) < 0.01;
      });
      await page.keyboard.press("k");
    });
    await step("marks in and out, and the trims follow", async () => {
      await seek(page, 5);
      await page.getByRole("button", { name: "Mark in" }).click();
      await seek(page, 20);
      await page.keyboard.press("o");
      await page.getByRole("dialog", { name: "Preview of the film" }).getByRole("button", { name: "Close" })
        .click();
      await node("ONE").locator("header").click();
      assert.equal(await panel.getByLabel("In", { exact: true }).inputValue(), "5");
      assert.equal(await panel.getByLabel("Out", { exact: true }).inputValue(), "26");
      for (let i = 0; i < 2; i++) await page.keyboard.press("Control+z");
      await page.waitForFunction(() =>
        [...document.querySelectorAll("label.field")].some((it) =>
          it.querySelector("span")?.textContent === "In" && it.querySelector("input")?.value === "0"
        )
      );
    });
    await step("pulls a shot's ends and slips it, in its panel and in the preview", async () => {
      await node("ONE").locator("header").click();
      const ends = panel.getByRole("slider", { name: "Ends after" });
      const inAndOut = async () => [
        await panel.getByLabel("In", { exact: true }).inputValue(),
        await panel.getByLabel("Out", { exact: true }).inputValue(),
      ];
      await ends.scrollIntoViewIfNeeded();
      await pull(page, ends, -40);
      await undoable(page, "Trim the end");
      const end = Number(await ends.getAttribute("aria-valuenow"));
      assert.ok(end > 0 && end < 48, `it ends after ${end}`);
      assert.deepEqual(await inAndOut(), ["0", String(end)]);
      await panel.getByRole("slider", { name: "Slip" }).press("ArrowRight");
      await undoable(page, "Slip the take");
      assert.deepEqual(await inAndOut(), ["1", String(end + 1)]);
      await page.getByRole("button", { name: "Preview", exact: true }).first().click();
      await page.keyboard.press("k");
      await pull(page, page.locator(".strip .edge.end").first(), 30);
      await page.keyboard.press("Escape");
      await undoable(page, "Trim the end of ONE");
      assert.ok(Number((await inAndOut())[1]) > end + 1, "it is longer again");
      for (let i = 0; i < 3; i++) await page.keyboard.press("Control+z");
      await ends.and(page.locator('[aria-valuenow="48"]')).waitFor();
      assert.deepEqual(await inAndOut(), ["0", "48"]);
    });
    await step(
      "drops a list on the film: it says what it would change, does it, and undo takes all back",
      async () => {
        await page.getByText("Saved", { exact: true }).waitFor();
        const before = await get(page, `/api/projects/${project}/assemblers/film/edl`);
        const xml = await get(page, `/api/projects/${project}/assemblers/film/fcpxml`);
        const swapped = turned(before.text);
        await drop(
          page,
          '.node[data-type="assembler"], .node.assembler',
          await fileOf(page, "Editor.edl", bytes(swapped)),
        );
        const told = panel.getByRole("group", { name: "What the list would change" });
        await told.getByText("The order becomes SHOT-TWO, SHOT-ONE; it was SHOT-ONE, SHOT-TWO.").waitFor();
        await told.getByRole("button", { name: "Apply" }).click();
        await told.waitFor({ state: "detached" });
        await page.getByText("Saved", { exact: true }).waitFor();
        const after = await get(page, `/api/projects/${project}/assemblers/film/edl`);
        assert.ok(after.text.indexOf("SHOT: SHOT-TWO") < after.text.indexOf("SHOT: SHOT-ONE"));
        await page.locator(".topbar h1").click();
        await page.keyboard.press("Control+z");
        await page.getByText("Saved", { exact: true }).waitFor();
        const again = await get(page, `/api/projects/${project}/assemblers/film/edl`);
        assert.equal(again.text, before.text);
        await drop(page, ".react-flow__pane", await fileOf(page, "Film.fcpxml", bytes(xml.text)));
        await panel.getByText("Nothing to change: the film is as Film.fcpxml says.").waitFor();
      },
    );
    assert.deepEqual(complaints, []);
  },
);

/** Two shots of the animatic runner with a take each, and their film; the project's id. */
async function film(page: Page): Promise<string> {
  return await page.evaluate(async () => {
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(`/api${path}`, {
        method,
        ...(body ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
      });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
      return await answer.json();
    };
    const { id } = await call("POST", "/projects", { title: "The Cut", width: 320, height: 180 });
    const shot = (name: string, x: number) => ({
      ...{
        id: name,
        type: "shot",
        title: name,
        shot: `SHOT-${name}`,
        position: { x, y: 0 },
        prompt: "A lamp",
      },
      ...{ runner: "animatic", duration: 96, trim_out: 48 },
    });
    const wire = (id: string, source: string, target: string, target_port: string) => ({
      ...{ id, source, source_port: "shot", target, target_port },
    });
    const graph = {
      nodes: [
        shot("ONE", 0),
        shot("TWO", 400),
        { id: "film", type: "assembler", title: "Film", position: { x: 800, y: 0 } },
      ],
      edges: [wire("e1", "ONE", "TWO", "previous"), wire("e2", "TWO", "film", "sequence")],
    };
    await call("PUT", `/projects/${id}/canvas`, { graph });
    for (const node_id of ["ONE", "TWO"]) await call("POST", `/projects/${id}/jobs`, { node_id });
    const deadline = Date.now() + 90_000;
    while (Date.now() < deadline) {
      const { items } = await call("GET", `/projects/${id}/takes`);
      if (items.length === 2) return id;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error("The takes did not come.");
  });
}

/** The list with its shots the other way round, as an editor might send it: cuts alone. */
function turned(list: string): string {
  const source = (shot: string) => {
    const lines = list.split("\n");
    const at = lines.findIndex((line) => line === `* SHOT: ${shot}`);
    const event = lines.slice(0, at).findLast((line) => /^\d{3} .* (?:C|W021 012) +\d\d:/.test(line))!;
    const [, reel] = event.split(/\s+/);
    return { reel: reel!, from: event.match(/(\d\d:\d\d:\d\d):\d\d/)![1]! };
  };
  const [two, one] = [source("SHOT-TWO"), source("SHOT-ONE")];
  return [
    "TITLE: By hand",
    `001  ${two.reel} V C ${two.from}:00 ${two.from}:12 01:00:00:00 01:00:00:12`,
    `002  ${one.reel} V C ${one.from}:00 ${one.from}:12 01:00:00:12 01:00:01:00`,
  ].join("\r\n");
}

function bytes(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** So many seconds of a low tone, 8 kHz mono. */
function wave(seconds: number): Uint8Array {
  const rate = 8000, count = rate * seconds;
  const view = new DataView(new ArrayBuffer(44 + count * 2));
  const word = (at: number, text: string) =>
    [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  [1, 1].forEach((value, i) => view.setUint16(20 + i * 2, value, true));
  [rate, rate * 2].forEach((value, i) => view.setUint32(24 + i * 4, value, true));
  [2, 16].forEach((value, i) => view.setUint16(32 + i * 2, value, true));
  word(36, "data");
  view.setUint32(40, count * 2, true);
  for (let i = 0; i < count; i++) {
    view.setInt16(44 + i * 2, 8000 * Math.sin((2 * Math.PI * 220 * i) / rate), true);
  }
  return new Uint8Array(view.buffer);
}

async function get(page: Page, path: string): Promise<{ text: string; lost: string[] }> {
  return await page.evaluate(async (path) => {
    const answer = await fetch(path);
    const lost = answer.headers.get("not-carried");
    return { text: await answer.text(), lost: lost ? JSON.parse(lost) : [] };
  }, path);
}

/** Takes hold of the middle of something and pulls it so many CSS pixels to the right. */
async function pull(page: Page, handle: ReturnType<Page["locator"]>, by: number): Promise<void> {
  const box = (await handle.boundingBox())!;
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by, y, { steps: 4 });
  await page.mouse.up();
}

async function undoable(page: Page, gesture: string): Promise<void> {
  await page.locator(`.topbar [title="Undo: ${gesture}"]`).waitFor();
}

/** Types a number and leaves the field. */
async function number(field: ReturnType<Page["locator"]>, value: string): Promise<void> {
  await field.fill(value);
  await field.press("Enter");
}

async function seek(page: Page, frame: number): Promise<void> {
  await page.getByLabel("Position").evaluate((input: HTMLInputElement, frame) => {
    input.value = String(frame);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, frame);
}

/** A file as a drag from the desktop carries it. */
function fileOf(page: Page, name: string, bytes: number[]): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle(([name, bytes]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], name));
    return transfer;
  }, [name, bytes] as const);
}

async function drop(page: Page, onto: string, dataTransfer: JSHandle<DataTransfer>): Promise<void> {
  const target = page.locator(onto).first();
  const box = (await target.boundingBox())!;
  const where = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
  for (const type of ["dragover", "drop"]) await target.dispatchEvent(type, { dataTransfer, ...where });
}

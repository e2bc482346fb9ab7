import assert from "node:assert/strict";
import { stepsOf } from "../testing/browser.ts";
import { openFilm } from "../testing/film.ts";
import { at, shot, wire } from "../testing/nodes.ts";

const FILM = {
  nodes: [
    { id: "keeper", type: "asset", title: "Keeper", ...at(0, 0) },
    { id: "still", type: "generate_image", title: "Still", shot: "STILL-010", ...at(300, -260) },
    { id: "lamp", type: "edit_image", title: "Lamp", shot: "EDIT-010", ...at(580, -260) },
    ...[1, 2, 3].map((number) => ({ ...shot(`s${number}`, number, 280 * number, 0), runner: "animatic" })),
    { id: "film", type: "assembler", title: "Assembler", ...at(1120, 0) },
  ],
  edges: [
    wire("keeper", "asset", "still", "assets"),
    wire("still", "image", "lamp", "source"),
    wire("lamp", "image", "s1", "image"),
    wire("s1", "shot", "s2", "previous"),
    wire("s2", "shot", "s3", "previous"),
    wire("s3", "shot", "film", "sequence"),
  ],
};

Deno.test(
  {
    name: "an artist leaves nodes out of a film and takes them in again",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await using film = await openFilm("Left out", FILM);
    const { page, node, saved } = film;
    const step = stepsOf(t, page);
    const offs = async () =>
      Object.fromEntries(
        (await film.graph()).nodes.flatMap((each) => "off" in each && each.off ? [[each.id, each.off]] : []),
      );
    const become = async (wanted: Record<string, string>) => {
      await saved();
      assert.deepEqual(await offs(), wanted);
    };
    const undone = (label: string) => page.locator(`.topbar [title="Undo: ${label}"]`).waitFor();
    const frame = (title: string) => node("Assembler").locator(".strip .frame", { hasText: title });

    await step("mutes a shot with Ctrl+M: the node says so, and the strip strikes it out", async () => {
      await page.getByText("0 of 3 shots ready").waitFor();
      await node("SHOT-020").locator("header").click();
      await page.keyboard.press("Control+m");
      await node("SHOT-020").getByText("Muted", { exact: true }).waitFor();
      await node("Assembler").getByText("0 of 2 shots ready").waitFor();
      await frame("SHOT-020").locator("s").waitFor();
      assert.equal(await node("Assembler").locator(".strip s").count(), 1);
      await page.locator(".right").getByText("Muted: makes nothing and feeds nothing.").waitFor();
      await become({ s2: "muted" });
    });
    await step("is told why it makes nothing", async () => {
      await page.locator(".right").getByRole("button", { name: "Generate", exact: true }).click();
      await page.getByText(/"SHOT-020" is muted and makes no takes; switch it on again/).waitFor();
    });
    await step("sees it struck out in the sequence, and renders without it", async () => {
      await node("Assembler").locator("header").click();
      await page.locator(".sequence-entry", { hasText: "SHOT-020" }).locator("s").waitFor();
      for (const id of ["s1", "s3"]) {
        // The edit that feeds the first shot has no take.
        if (id === "s1") await film.ask(`${film.api}/canvas`, patch("lamp", { off: "muted" }));
        await film.ask(`${film.api}/jobs`, { method: "POST", body: { node_id: id } });
      }
      await node("Assembler").getByText("2 of 2 shots ready").waitFor({ timeout: 60_000 });
      const edl = await page.evaluate(
        async (path) => await (await fetch(path)).text(),
        `${film.api}/assemblers/film/edl`,
      );
      assert.deepEqual([...edl.matchAll(/SHOT: (SHOT-\d+)/g)].map((each) => each[1]), [
        "SHOT-010",
        "SHOT-030",
      ]);
      await film.ask(`${film.api}/canvas`, patch("lamp", { off: null }));
      // Made without the picture that feeds it again.
      await node("SHOT-010").getByText("Out of date: start image changed").waitFor();
    });
    await step("bypasses from the menu, and takes it back in one step", async () => {
      await node("Lamp").locator("header").click({ button: "right" });
      await page.getByRole("menuitemcheckbox", { name: /^Bypass/, checked: false }).click();
      await node("Lamp").getByText("Bypassed", { exact: true }).waitFor();
      await node("Lamp").locator("header").click({ button: "right" });
      await page.getByRole("menuitemcheckbox", { name: /^Bypass/, checked: true }).waitFor();
      await page.keyboard.press("Escape");
      await become({ s2: "muted", lamp: "bypassed" });
      await undone("Bypass Lamp");
      await page.keyboard.press("Control+z");
      await node("Lamp").getByText("Bypassed", { exact: true }).waitFor({ state: "detached" });
      await become({ s2: "muted" });
    });
    await step("switches on again with the toolbar, and mutes what lies in a folded group", async () => {
      await node("SHOT-020").locator("header").click();
      const mute = page.getByRole("toolbar", { name: "Canvas" }).getByTitle(/^Mute/);
      await page.locator('.toolbar [title^="Mute"][aria-pressed="true"]').waitFor();
      await mute.click();
      await become({});
      await node("SHOT-010").locator("header").click();
      await node("SHOT-020").locator("header").click({ modifiers: ["Shift"] });
      await page.locator(".right").getByText("2 selected").waitFor();
      await page.keyboard.press("Control+Shift+e");
      await page.getByLabel("Name of the node").fill("Storm");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Control+m");
      await node("Storm").getByText("all left out").waitFor();
      await become({ s1: "muted", s2: "muted" });
      await undone("Mute 2 nodes");
      await page.keyboard.press("Control+z");
      await become({});
    });
    await step(
      "drags copies with Alt, wired to each other and in one step; what is copied stays",
      async () => {
        const places = async () => (await film.graph()).nodes.map((each) => [each.id, each.position]);
        await saved();
        const before = await places();
        await node("Keeper").locator("header").click();
        await node("Still").locator("header").click({ modifiers: ["Shift"] });
        await page.locator(".right").getByText("2 selected").waitFor();
        const { x, y } = (await node("Keeper").locator("header").boundingBox())!;
        await page.keyboard.down("Alt");
        await page.mouse.move(x + 30, y + 8);
        await page.mouse.down();
        await page.mouse.move(x + 30, y + 60, { steps: 4 });
        // The originals are seen where they are.
        await page.locator('.react-flow__node[data-id="staying keeper"]').waitFor();
        await page.mouse.move(x + 30, y + 150, { steps: 4 });
        await page.mouse.up();
        await page.keyboard.up("Alt");
        await undone("Clone 2 nodes");
        await saved();
        const now = await film.graph();
        const fresh = now.nodes.filter((each) => !before.some(([id]) => id === each.id)).map((each) =>
          each.id
        );
        assert.equal(fresh.length, 2);
        const inner = now.edges.filter((edge) => fresh.includes(edge.source) && fresh.includes(edge.target));
        assert.deepEqual(inner.map((edge) => edge.target_port), ["assets"]);
        assert.deepEqual((await places()).filter(([id]) => !fresh.includes(id as string)), before);
        await page.keyboard.press("Control+z");
        await page.locator('.topbar [title="Redo: Clone 2 nodes"]').waitFor();
        await saved();
        assert.deepEqual(await places(), before);
      },
    );
    await step("drops the address of a picture on another site, and is told what to do", async () => {
      await page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.setData("text/uri-list", "https://example.com/pictures/The%20lamp.jpg");
        const pane = document.querySelector(".react-flow__pane")!;
        const { x, y } = pane.getBoundingClientRect();
        pane.dispatchEvent(
          new DragEvent("drop", {
            bubbles: true,
            cancelable: true,
            dataTransfer,
            clientX: x + 80,
            clientY: y + 80,
          }),
        );
      });
      await page.getByText(/Save The lamp\.jpg to this computer, then drop the file here/).waitFor();
      await page.locator(".node.note", { hasText: "https://example.com/pictures/The%20lamp.jpg" }).waitFor();
      await undone("Add a link");
    });
    await step("pastes what came in, too, with Ctrl+Shift+V", async () => {
      await node("Still").locator("header").click();
      await page.keyboard.press("Control+c");
      await page.keyboard.press("Control+Shift+v");
      await undone("Paste Still");
      await saved();
      const { edges } = await film.graph();
      assert.equal(edges.filter((edge) => edge.source === "keeper").length, 2);
    });
    assert.deepEqual(film.open.complaints.filter((each) => !/422/.test(each)), []);
  },
);

function patch(id: string, set: Record<string, unknown>) {
  return { method: "PATCH", body: { operations: [{ op: "update_node", id, set }] } };
}

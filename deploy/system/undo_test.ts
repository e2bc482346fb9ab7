import assert from "node:assert/strict";
import { tell } from "../testing/browser.ts";
import { openFilm } from "../testing/film.ts";
import { ARRANGING } from "../testing/gestures/arranging.ts";
import { EDITING } from "../testing/gestures/editing.ts";
import { choose } from "../testing/gestures/hand.ts";
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

const GESTURES = [...EDITING, ...ARRANGING];

Deno.test(
  { name: "every gesture is one step of undo, there and back", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await using film = await openFilm("There and back", FILM);
    const { page, saved } = film;
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

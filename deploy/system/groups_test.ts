import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Graph } from "../../shared/canvas/graph.ts";
import { stepsOf } from "../testing/browser.ts";
import { openFilm } from "../testing/film.ts";
import { at, shot, wire } from "../testing/nodes.ts";

/** A keeper in three shots, which are the film. */
const FILM = {
  nodes: [
    { id: "keeper", type: "asset", title: "Keeper", ...at(0, 0) },
    { id: "wan", type: "pipeline", title: "Wan", ...at(0, 230) },
    { id: "ltx", type: "pipeline", title: "LTX", ...at(0, 340) },
    shot("a", 1, 300, 0),
    shot("b", 2, 300, 240),
    shot("c", 3, 580, 0),
    { id: "film", type: "assembler", title: "Assembler", ...at(860, 60) },
  ],
  edges: [
    wire("keeper", "asset", "a", "assets"),
    wire("keeper", "asset", "b", "assets"),
    wire("wan", "pipeline", "a", "pipeline"),
    wire("wan", "pipeline", "b", "pipeline"),
    wire("a", "shot", "b", "previous"),
    wire("b", "shot", "c", "previous"),
    wire("c", "shot", "film", "sequence"),
  ],
};
const handle = (node: string, port: string) =>
  `.react-flow__node[data-id="${node}"] .react-flow__handle[data-handleid="${port}"]`;
const wires = (graph: Graph) =>
  graph.edges.map((edge) => `${edge.source}.${edge.source_port} ${edge.target}.${edge.target_port}`).sort();
const where = (page: Page) => page.locator(".breadcrumb li").allInnerTexts();

Deno.test(
  {
    name: "a group is a node that can be gone into, to any depth",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await using film = await openFilm("The Lighthouse Keeper", FILM);
    const { page, saved } = film;
    const step = stepsOf(t, page);
    const idOf = async (title: string) => (await film.graph()).nodes.find((each) => each.title === title)!.id;
    const letGo = async () => {
      await page.locator(".topbar h1").click();
      for (let times = 0; times < 4; times++) await page.keyboard.press("Escape");
    };
    const group = async (name: string, ...titles: string[]) => {
      await page.getByRole("button", { name: "Fit" }).click();
      await letGo();
      for (const [index, title] of titles.entries()) {
        if (index) await page.keyboard.down("Control");
        // React Flow takes note of the key when it next draws.
        await page.evaluate(() =>
          new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
        );
        await film.node(title).locator("header").click();
        if (index) await page.keyboard.up("Control");
      }
      await page.keyboard.press("Control+g");
      await page.getByLabel("Name of the node").fill(name);
      await page.keyboard.press("Enter");
      await saved();
    };
    const ports = (title: string) => film.node(title).locator(".card-ports li").allInnerTexts();
    let storm = "";

    await step("folds a group into a card with a port for what comes in, and for what goes out", async () => {
      await film.node("Keeper").waitFor();
      await group("The storm", "SHOT-010", "SHOT-020");
      storm = await idOf("The storm");
      await page.getByLabel("Fold The storm").click();
      await film.node("The storm").getByText("2 nodes", { exact: true }).waitFor();
      assert.deepEqual(await ports("The storm"), ["SHOT-020", "Assets of 2 nodes", "Pipeline of 2 nodes"]);
      assert.equal(await film.node("SHOT-010").count(), 0);
      // Of wires that lie on each other one is drawn.
      assert.equal(await page.locator(".react-flow__edge").count(), 4);
      assert.deepEqual(wires(await film.graph()), wires(FILM as unknown as Graph), "the film is as it was");
    });
    await step("asks for which node is meant where a wire is dropped on a folded group", async () => {
      await page.getByRole("button", { name: "Fit" }).click();
      await film.drag(handle("ltx", "pipeline"), ".node.group footer");
      const menu = page.getByRole("menu", { name: "Where in The storm" });
      assert.deepEqual(await menu.getByRole("menuitem").allInnerTexts(), [
        "Pipeline of SHOT-010",
        "Pipeline of SHOT-020",
      ]);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await menu.waitFor({ state: "detached" });
      await film.node("The storm").getByText("Pipeline of SHOT-020", { exact: true }).waitFor();
      await page.keyboard.press("Control+z");
      await film.node("The storm").getByText("Pipeline of 2 nodes", { exact: true }).waitFor();
    });
    await step("lays one wire to a port of the card, and it goes to each node behind it", async () => {
      await page.getByRole("button", { name: "Fit" }).click();
      await film.drag(handle("ltx", "pipeline"), handle(storm, "in:wan:pipeline"));
      await page.locator('.topbar [title="Undo: Connect"]').waitFor();
      await saved();
      const from = (graph: Graph) =>
        graph.edges.filter((edge) => edge.target_port === "pipeline").map((edge) => edge.source);
      assert.deepEqual(from(await film.graph()), ["ltx", "ltx"]);
    });
    await step("goes in by a double click, and sees what comes in and goes out", async () => {
      await film.node("The storm").locator("header b").dblclick();
      await page.getByRole("navigation", { name: "Where you are" }).waitFor();
      assert.deepEqual(await where(page), ["The Lighthouse Keeper", "The storm"]);
      await film.node("SHOT-010").waitFor();
      assert.equal(await film.node("SHOT-030").count() + await film.node("Keeper").count(), 0);
      const names = (label: string) =>
        page.getByRole("region", { name: label }).locator("li").allInnerTexts();
      assert.deepEqual((await names("Comes in")).toSorted(), ["Keeper", "LTX"]);
      assert.deepEqual(await names("Goes out"), ["SHOT-030"]);
    });
    await step("wires from the border to a node, and what is added inside belongs inside", async () => {
      await page.locator("aside.left .palette-entry", { hasText: "Shot" }).click();
      await film.node("SHOT-040").waitFor();
      await page.getByRole("button", { name: "Fit" }).click();
      const fourth = await idOf("SHOT-040");
      await film.drag(handle(":in", "in:keeper:asset"), handle(fourth, "assets"));
      await page.locator('.topbar [title="Undo: Connect"]').waitFor();
      await saved();
      const graph = await film.graph();
      assert.equal(graph.nodes.find((node) => node.id === fourth)!.parent, storm);
      assert.ok(wires(graph).includes(`keeper.asset ${fourth}.assets`));
    });
    await step("nests a group in the group, and the way up is the breadcrumb, U and Escape", async () => {
      await page.keyboard.press("Control+a");
      await page.getByRole("button", { name: "Fit" }).click();
      await page.locator(".react-flow__pane").click({ position: { x: 20, y: 500 } });
      await film.node("SHOT-020").locator("header").click();
      await page.keyboard.press("Control+g");
      await page.getByLabel("Name of the node").fill("Night");
      await page.keyboard.press("Enter");
      await page.locator('.frame-title b[title="Night"]').dblclick();
      await page.locator(".breadcrumb li").nth(2).waitFor();
      assert.deepEqual(await where(page), ["The Lighthouse Keeper", "The storm", "Night"]);
      await page.locator(".breadcrumb").getByRole("button", { name: "The storm" }).click();
      await page.locator(".breadcrumb li").nth(2).waitFor({ state: "detached" });
      // Where one came from is chosen: Enter goes in again.
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Enter");
      await page.locator(".breadcrumb li").nth(2).waitFor();
      await page.keyboard.press("u");
      await page.locator(".breadcrumb li").nth(2).waitFor({ state: "detached" });
      await page.keyboard.press("Alt+c");
      await film.node("Night").getByText("1 node", { exact: true }).waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await page.locator(".breadcrumb").waitFor({ state: "detached" });
    });
    await step("goes to a node from anywhere: its level opens", async () => {
      await page.keyboard.press("Control+k");
      await page.getByPlaceholder("What do you want to do?").fill("Go to SHOT-020");
      await page.keyboard.press("Enter");
      await page.locator(".breadcrumb li").nth(2).waitFor();
      await page.locator('.react-flow__node.selected[data-id="b"]').waitFor();
      await page.getByRole("region", { name: "Goes out" }).getByRole("button", { name: "SHOT-030" }).click();
      await page.locator(".breadcrumb").waitFor({ state: "detached" });
      await page.locator('.react-flow__node.selected[data-id="c"]').waitFor();
    });
    await step("promotes a field twice, and writes it from the outside", async () => {
      await page.keyboard.press("Control+k");
      await page.getByPlaceholder("What do you want to do?").fill("Go to SHOT-020");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Promote Prompt to Night" }).click();
      await page.locator(".topbar h1").click();
      await page.keyboard.press("u");
      const inspector = page.locator("aside.right");
      await inspector.getByLabel("Prompt of SHOT-020").first().waitFor();
      await page.getByRole("button", { name: "Arrange" }).click();
      await page.getByLabel("Called").fill("Weather");
      await page.getByLabel("Called").press("Enter");
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("button", { name: "Promote Weather to The storm" }).click();
      await page.locator(".topbar h1").click();
      await page.keyboard.press("u");
      const weather = inspector.getByLabel("Weather").first();
      await weather.fill("Hail");
      await weather.blur();
      await saved();
      const b = (await film.graph()).nodes.find((node) => node.id === "b") as unknown as { prompt: string };
      assert.equal(b.prompt, "Hail");
    });
    await step("copies a group with all that is in it, wired and promoted among itself", async () => {
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+d");
      await page.waitForFunction(() => document.querySelectorAll(".node.group").length === 2);
      await saved();
      const graph = await film.graph();
      const copy = graph.nodes.find((node) => node.title === "The storm" && node.id !== storm)!;
      const inside = graph.nodes.filter((node) => node.parent === copy.id);
      assert.deepEqual(inside.map((node) => node.type).toSorted(), ["group", "shot", "shot"]);
      const night = inside.find((node) => node.type === "group")!;
      const inner = graph.nodes.find((node) => node.parent === night.id)!;
      assert.deepEqual((copy as { promoted?: unknown }).promoted, {
        [`${inner.id}.prompt`]: { label: "Weather", rank: 0 },
      });
      assert.ok(graph.edges.some((edge) => edge.target === inner.id && edge.target_port === "previous"));
      await page.keyboard.press("Control+z");
      await page.waitForFunction(() => document.querySelectorAll(".node.group").length === 1);
    });
    await step("sees others where they are, and not what is on other levels", async () => {
      const { url } = await film.ask<{ url: string }>("/api/auth/links", {
        method: "POST",
        body: { name: "Ben Okri", role: "artist" },
      });
      const ben = await film.open.another(url);
      await ben.goto(film.url);
      const card = ben.locator(".node", { has: ben.locator('header b[title="The storm"]') });
      await card.locator("header b").hover();
      await page.locator(".others .pointer", { hasText: "Ben Okri" }).waitFor();
      await card.locator("header b").dblclick();
      await ben.locator(".breadcrumb").waitFor();
      await ben.locator(".react-flow__pane").hover({ position: { x: 300, y: 420 } });
      await page.locator(".others .pointer").waitFor({ state: "detached" });
      await film.node("The storm").getByRole("img", { name: "Ben Okri is inside" }).waitFor();
      // The ground goes from under Ben's feet.
      await letGo();
      await film.node("The storm").locator("header b").click();
      await page.keyboard.press("Control+Shift+g");
      await ben.locator(".breadcrumb").waitFor({ state: "detached" });
      await ben.locator('.node header b[title="SHOT-010"]').waitFor({ state: "attached" });
      await ben.close();
    });
    await step("ungrouped and undone, nothing is lost", async () => {
      const flat = await film.graph();
      assert.ok(flat.nodes.every((node) => node.title !== "The storm"));
      assert.equal(flat.nodes.find((node) => node.id === "a")!.parent, undefined);
      await page.locator(".topbar h1").click();
      await page.keyboard.press("Control+z");
      await film.node("The storm").getByText("4 nodes", { exact: true }).waitFor();
      await page.locator("aside.right").getByLabel("Weather").first().waitFor({ state: "detached" });
      await film.node("The storm").locator("header b").click();
      await page.locator("aside.right").getByLabel("Weather").first().waitFor();
      await saved();
      assert.deepEqual(wires(await film.graph()), wires(flat));
    });
    assert.deepEqual(film.open.complaints, []);
  },
);

import type { Page } from "playwright-core";
import type { Graph } from "../../shared/canvas/graph.ts";
import { build } from "../../ui/build.ts";
import { startLocalStudio } from "../start/studio.ts";
import { type OpenPage, openPage } from "./browser.ts";

/** A film that is open in a browser, with the studio and the agent behind it. */
export interface OpenFilm extends AsyncDisposable {
  page: Page;
  open: OpenPage;
  url: string;
  /** A request of the page's own session; throws what the studio says when it refuses. */
  ask<T>(path: string, options?: { method?: string; body?: unknown }): Promise<T>;
  /** `/api/projects/…` of the film. */
  api: string;
  graph(): Promise<Graph>;
  /** A node's card by its name. */
  node(title: string): ReturnType<Page["locator"]>;
  /** Drags from the middle of one thing to that of another. */
  drag(from: string, to: string): Promise<void>;
}

/** Opens a film with this canvas, as its owner. `nodes` and `edges` may leave out what has a default. */
export async function openFilm(
  title: string,
  graph: { nodes: unknown[]; edges: unknown[] },
): Promise<OpenFilm> {
  await build();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-film-" });
  const environment = { STUDIO_DATA: dataDir, PORT: "0", LOG_LEVEL: "error", COMFYUI_URL: "none" };
  const studio = await startLocalStudio(environment, { quiet: true });
  const end = async () => {
    await studio.stop();
    await Deno.remove(dataDir, { recursive: true });
  };
  try {
    const open = await openPage(studio.ownerLink);
    const { page } = open;
    await page.getByRole("button", { name: "New film" }).first().waitFor();
    const ask = askFrom(page);
    const { id } = await ask<{ id: string }>("/api/projects", { method: "POST", body: { title } });
    const api = `/api/projects/${id}`;
    await ask(`${api}/canvas`, { method: "PUT", body: { graph } });
    await page.goto(`${studio.url}/p/${id}`);
    return {
      page,
      open,
      url: page.url(),
      ask,
      api,
      graph: async () => (await ask<{ graph: Graph }>(`${api}/canvas`)).graph,
      node: (title) => page.locator(".node", { has: page.locator(`header b[title="${title}"]`) }),
      drag: (from, to) => drag(page, from, to),
      async [Symbol.asyncDispose]() {
        await open[Symbol.asyncDispose]();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function askFrom(page: Page): OpenFilm["ask"] {
  return async (path, { method = "GET", body } = {}) => {
    const { status, text } = await page.evaluate(async ([path, method, body]) => {
      const answer = await fetch(path, {
        method,
        ...(body === null ? {} : { headers: { "content-type": "application/json" }, body }),
      });
      return { status: answer.status, text: await answer.text() };
    }, [path, method, body === undefined ? null : JSON.stringify(body)] as const);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    return JSON.parse(text);
  };
}

async function drag(page: Page, from: string, to: string): Promise<void> {
  const middle = async (selector: string) => {
    // Waits until the view has come to rest.
    await page.locator(selector).first().hover();
    const box = await page.locator(selector).first().boundingBox();
    if (!box) throw new Error(`${selector} is not on the screen`);
    return [box.x + box.width / 2, box.y + box.height / 2] as const;
  };
  const start = await middle(from), end = await middle(to);
  await page.mouse.move(...start);
  await page.mouse.down();
  await page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, { steps: 4 });
  await page.mouse.move(...end, { steps: 4 });
  await page.mouse.up();
}

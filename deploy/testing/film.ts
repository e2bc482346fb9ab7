import type { Page } from "playwright-core";
import type { Graph } from "../../shared/canvas/graph.ts";
import { type Artist, openArtist } from "./artist.ts";

/** A film that is open in a browser, with the studio and the agent behind it. */
export interface OpenFilm extends AsyncDisposable {
  page: Page;
  open: Pick<Artist, "complaints" | "another">;
  url: string;
  /** A request of the page's own session; throws what the studio says when it refuses. */
  ask<T>(path: string, options?: { method?: string; body?: unknown }): Promise<T>;
  /** `/api/projects/…` of the film. */
  api: string;
  graph(): Promise<Graph>;
  /** A node's card by its name. */
  node(title: string): ReturnType<Page["locator"]>;
  /** Waits until the studio has what was done. */
  saved(): Promise<void>;
  /** Drags from the middle of one thing to that of another. */
  drag(from: string, to: string): Promise<void>;
}

/** Opens a film with this canvas, as its owner. `nodes` and `edges` may leave out what has a default. */
export async function openFilm(
  title: string,
  graph: { nodes: unknown[]; edges: unknown[] },
): Promise<OpenFilm> {
  const artist = await openArtist(undefined, { LOG_LEVEL: "error" });
  try {
    const { page, node, call } = artist;
    const { id } = await artist.film(title, graph);
    const ask: OpenFilm["ask"] = (path, { method = "GET", body } = {}) =>
      call(method, path.replace(/^\/api/, ""), body);
    const api = `/api/projects/${id}`;
    return {
      page,
      open: artist,
      url: page.url(),
      ask,
      api,
      graph: async () => (await ask<{ graph: Graph }>(`${api}/canvas`)).graph,
      node,
      saved: () => page.locator(".topbar [role=status]").getByText("Saved", { exact: true }).waitFor(),
      drag: (from, to) => drag(page, from, to),
      [Symbol.asyncDispose]: () => artist[Symbol.asyncDispose](),
    };
  } catch (error) {
    await artist[Symbol.asyncDispose]();
    throw error;
  }
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

import { build } from "../../ui/build.ts";
import { type LocalStudio, startLocalStudio } from "../start/studio.ts";
import type { Page } from "playwright-core";
import { type OpenPage, openPage, type Screen } from "./browser.ts";

/** A whole studio on this machine with the canvas built, and its owner's browser in it. */
export interface Artist extends AsyncDisposable, Pick<OpenPage, "page" | "complaints" | "another"> {
  studio: LocalStudio;
  /** The studio's own folder; it goes with the artist. */
  dataDir: string;
  /** A node's card by its name. */
  node(title: string): ReturnType<Page["locator"]>;
  /** The API as the page may use it. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** A new film with this canvas, open in the browser. */
  film(title: string, graph: { nodes: unknown[]; edges: unknown[] }): Promise<{ id: string; slug: string }>;
}

/** @param environment Variables on top of the studio's own. */
export async function openArtist(screen?: Screen, environment: Record<string, string> = {}): Promise<Artist> {
  await build();
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-artist-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const studio = await startLocalStudio({
    STUDIO_DATA: dataDir,
    PORT: "0",
    LOG_LEVEL: "warn",
    COMFYUI_URL: "none",
    ...environment,
  }, { quiet: true });
  opened.defer(() => studio.stop());
  const { page, complaints, another } = opened.use(await openPage(studio.ownerLink, screen));
  const stack = opened.move();
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, text } = await page.evaluate(async ([method, path, body]) => {
      const response = await fetch(`/api${path}`, {
        method,
        ...(body === null ? {} : { headers: { "content-type": "application/json" }, body }),
      });
      return { status: response.status, text: await response.text() };
    }, [method, path, body === undefined ? null : JSON.stringify(body)] as const);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text || "null");
  };
  return {
    studio,
    dataDir,
    node: (title) => page.locator(".node", { has: page.locator(`header b[title="${title}"]`) }),
    page,
    complaints,
    another,
    call,
    async film(title, graph) {
      const project = await call<{ id: string; slug: string }>("POST", "/projects", { title });
      await call("PUT", `/projects/${project.id}/canvas`, { graph });
      await page.goto(`${studio.url}/p/${project.slug}`);
      await page.locator("#canvas").waitFor();
      return project;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../setup/programs.ts";

export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** What the page complained about: errors on the console, uncaught exceptions. */
  complaints: string[];
  /** A second window of another person: cookies of its own. */
  another(url: string): Promise<Page>;
}

/** CSS pixels; a tablet's is touched. */
export interface Screen {
  width: number;
  height: number;
  touch?: boolean;
}

/** A real browser on a page. Whatever fails in `tell` is thrown with what the page showed at that moment. */
export async function openPage(
  url: string,
  { touch = false, ...viewport }: Screen = { width: 1440, height: 900 },
): Promise<OpenPage> {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error("Cannot open a browser: Chromium is not installed; run `deno task setup --tests`");
  }
  const browser: Browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  const complaints: string[] = [];
  const open = async () => {
    const context = await browser.newContext({ viewport, hasTouch: touch, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return page;
  };
  const page = await open();
  await page.goto(url);
  return {
    page,
    complaints,
    async another(url) {
      const other = await open();
      await other.goto(url);
      return other;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}

/** Runs a story; a failure carries the page's text, so that it can be understood without the screen. */
export async function tell(page: Page, story: () => Promise<void>): Promise<void> {
  try {
    await story();
  } catch (error) {
    const text = await page.locator("body").innerText().catch(() => "(the page is gone)");
    throw new Error(
      `${error instanceof Error ? error.message : error}\n--- ${page.url()} showed:\n${text.slice(0, 3000)}`,
      { cause: error },
    );
  }
}

/** The chapters of a story in a browser: each told as by `tell`, and none after one that failed, since they build on each other. */
export function stepsOf(
  t: Deno.TestContext,
  page: Page,
): (name: string, story: () => Promise<void>) => Promise<void> {
  return async (name, story) => {
    if (!await t.step(name, () => tell(page, story))) throw new Error(`stopped at: ${name}`);
  };
}

import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "../../../ui/build.ts";
import { findChromium } from "../../setup/programs.ts";
import { startLocalStudio } from "../../start/studio.ts";
import { thousand } from "../../testing/thousand.ts";
import { ms, table } from "../measure.ts";
import { dragFrames, firstPaint, panFrames, watchFirstPaint } from "./frames.ts";
import { openPlainPage, type PlainPage } from "./plain_page.ts";

const ROUNDS = 3;
const WINDOW = { width: 1440, height: 900 };
/** A shot in the first row, with wires on both sides. */
const NODE = "n3";

interface Contender {
  name: string;
  url: string;
  /** Brings the node to actual size on the screen. */
  closer(page: Page): Promise<void>;
}

interface Sample {
  paint: number[];
  drag: number[];
  pan: number[];
  far: number[];
}

/** Our canvas of a thousand nodes and a thousand wires beside the same graph in plain React Flow 11 on React, all in one browser. */
export async function canvasBench(): Promise<void> {
  await using opened = new AsyncDisposableStack();
  await build();
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chromium: run `deno task setup --tests`");
  // Frames as soon as they can be had: what a frame costs, not how often the screen shows one.
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu-vsync", "--disable-frame-rate-limit"],
  });
  opened.defer(() => browser.close());
  const context = await browser.newContext({ viewport: WINDOW, reducedMotion: "reduce" });
  const { studio, url, size } = await openFilm(context, opened);
  const pages = new Map<string, Promise<PlainPage>>();
  const plain = async (name: string, react: string, query: string): Promise<Contender> => {
    let opening = pages.get(react);
    if (!opening) pages.set(react, opening = openPlainPage(react, size).then((page) => opened.use(page)));
    const page = await opening;
    return { name: `React Flow 11, React ${react}${name}`, url: page.url + query, closer: closerPlain };
  };
  const contenders: Contender[] = [
    { name: "studio", url, closer: closerHere },
    await plain(", off screen left out", "18.3.1", "?culled"),
    await plain(", off screen left out, map", "18.3.1", "?culled&map"),
    await plain("", "18.3.1", ""),
    await plain(", off screen left out", "19.2.0", "?culled"),
  ];
  const samples = contenders.map((): Sample => ({ paint: [], drag: [], pan: [], far: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) await measure(context, contender, samples[index]!);
  }
  const rows = contenders.map(({ name }, index) => {
    const { paint, drag, pan, far } = samples[index]!;
    return [
      name,
      ms(at(paint, 0.5)),
      ...[drag, pan, far].flatMap((times) => [ms(at(times, 0.5)), ms(at(times, 0.95))]),
    ];
  });
  console.log(
    `\n1,000 nodes and 1,000 wires in ${browser.version()}, ${size.width} x ${size.height}; milliseconds of a frame\n${
      table([
        ["", "first paint", "drag p50", "p95", "pan p50", "p95", "pan all p50", "p95"],
        ...rows,
      ])
    }`,
  );
  await studio.stop();
}

async function measure(
  context: Awaited<ReturnType<Browser["newContext"]>>,
  contender: Contender,
  sample: Sample,
) {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript(watchFirstPaint);
  await page.goto(contender.url);
  sample.paint.push(await firstPaint(page));
  // All of it on the screen, far away.
  await quiet(page);
  sample.far.push(...await panFrames(page));
  await contender.closer(page);
  await page.locator(`.react-flow__node[data-id="${NODE}"]`).waitFor();
  await quiet(page);
  sample.drag.push(...await dragFrames(page, NODE));
  await quiet(page);
  sample.pan.push(...await panFrames(page));
  await page.close();
}

/** Until the page has had nothing to do for a while. */
async function quiet(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // Frames without a limit leave little idle time: it is waited for, but not for ever.
    for (let times = 0; times < 5; times++) {
      await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 500 }));
    }
  });
}

async function closerHere(page: Page): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Command" }).fill("Go to SHOT-040");
  await page.keyboard.press("Enter");
  await page.getByTitle("Actual size").click();
}

async function closerPlain(page: Page): Promise<void> {
  await page.evaluate((id) => {
    const { flow } = globalThis as unknown as {
      flow: {
        getNode(id: string): { position: { x: number; y: number } };
        setCenter(x: number, y: number, o: object): void;
      };
    };
    const { x, y } = flow.getNode(id).position;
    flow.setCenter(x + 104, y + 90, { zoom: 1 });
  }, NODE);
}

/** A studio with the film in it, its owner signed in, and the size that its canvas has in the window. */
async function openFilm(context: Awaited<ReturnType<Browser["newContext"]>>, opened: AsyncDisposableStack) {
  const dataDir = await Deno.makeTempDir({ prefix: "studio-bench-canvas-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const studio = await startLocalStudio({
    STUDIO_DATA: dataDir,
    PORT: "0",
    LOG_LEVEL: "error",
    COMFYUI_URL: "none",
  }, { quiet: true });
  const page = await context.newPage();
  await page.goto(studio.ownerLink);
  await page.getByText("No film yet").waitFor();
  const slug = await page.evaluate(async (graph) => {
    const send = async (method: string, path: string, body: unknown) => {
      const response = await fetch(path, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(await response.text());
      return await response.json();
    };
    const project = await send("POST", "/api/projects", { title: "A thousand" });
    await send("PUT", `/api/projects/${project.id}/canvas`, { graph });
    return project.slug;
  }, thousand());
  const url = `${studio.url}/p/${slug}`;
  await page.goto(url);
  const box = (await page.locator("#canvas").boundingBox())!;
  await page.close();
  return { studio, url, size: { width: Math.round(box.width), height: Math.round(box.height) } };
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

import type { Page } from "playwright-core";

/** Frames of each gesture. */
const FRAMES = 60;

/** Milliseconds of each frame while the node is dragged about: one move of the pointer for each frame, as a mouse sends them. */
export function dragFrames(page: Page, node: string): Promise<number[]> {
  return page.evaluate(async ([id, frames]) => {
    const element = document.querySelector(`.react-flow__node[data-id="${id}"]`)!;
    const handle = element.querySelector("header") ?? element;
    const box = handle.getBoundingClientRect();
    const at = (x: number, y: number) => ({
      clientX: box.x + box.width / 2 + x,
      clientY: box.y + box.height / 2 + y,
      bubbles: true,
      cancelable: true,
      view: globalThis as unknown as Window,
      button: 0,
    });
    handle.dispatchEvent(new MouseEvent("mousedown", { ...at(0, 0), buttons: 1 }));
    const times: number[] = [];
    let last = 0;
    for (let frame = 0; frame < frames; frame++) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      if (last) times.push(now - last);
      last = now;
      const angle = frame / 15;
      const moved = at(Math.sin(angle) * 60 + frame / 4, (1 - Math.cos(angle)) * 40 + 6);
      document.defaultView!.dispatchEvent(new MouseEvent("mousemove", { ...moved, buttons: 1 }));
    }
    document.defaultView!.dispatchEvent(new MouseEvent("mouseup", at(0, 6)));
    return times;
  }, [node, FRAMES] as const);
}

/** Milliseconds of each frame while the canvas is panned by the wheel. */
export function panFrames(page: Page): Promise<number[]> {
  return page.evaluate(async (frames) => {
    const pane = document.querySelector(".react-flow__pane")!;
    const box = pane.getBoundingClientRect();
    const times: number[] = [];
    let last = 0;
    for (let frame = 0; frame < frames; frame++) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      if (last) times.push(now - last);
      last = now;
      pane.dispatchEvent(
        new WheelEvent("wheel", {
          deltaX: Math.sin(frame / 12) * 50,
          deltaY: Math.cos(frame / 18) * 30,
          clientX: box.x + box.width / 2,
          clientY: box.y + box.height / 2,
          bubbles: true,
          cancelable: true,
        }),
      );
    }
    return times;
  }, FRAMES);
}

/** Milliseconds since the page was asked for, once nodes and wires are there and have been painted; timed within the page. */
export async function firstPaint(page: Page): Promise<number> {
  const painted = await page.waitForFunction(() => (globalThis as unknown as { painted?: number }).painted);
  return (await painted.jsonValue())!;
}

/** Runs in the page before all else: notes when the first wire has been painted, as an element or, many of them from afar, all in one. */
export function watchFirstPaint(): void {
  const look = () => {
    if (!document.querySelector(".react-flow__edge path, .overview[data-drawn]")) {
      return requestAnimationFrame(look);
    }
    // After the frame that has it.
    requestAnimationFrame(() =>
      setTimeout(() => Object.assign(globalThis, { painted: performance.now() }), 0)
    );
  };
  requestAnimationFrame(look);
}

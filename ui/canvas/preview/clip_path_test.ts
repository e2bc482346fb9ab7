import assert from "node:assert/strict";
import { WIPES } from "../../../shared/edl/mod.ts";
import { clipPathOf } from "./clip_path.ts";

/** Whether a point of the picture is inside, as CSS Shapes says. */
function inside(path: string, x: number, y: number): boolean {
  const [, shape, given] = /^(\w+)\((.*)\)$/.exec(path)!;
  if (shape === "inset") {
    const [top, right = top, bottom = top, left = right] = given!.split(" ").map((it) =>
      parseFloat(it) / 100
    );
    return x > left! && x < 1 - right! && y > top! && y < 1 - bottom!;
  }
  if (shape === "ellipse") {
    const [rx, ry] = given!.split(" ").map((it) => parseFloat(it) / 100);
    return ((x - 0.5) / rx!) ** 2 + ((y - 0.5) / ry!) ** 2 < 1;
  }
  const points = given!.split(", ").map((point) => point.split(" ").map((it) => parseFloat(it) / 100));
  let within = false;
  points.forEach(([ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length]!;
    if ((ay! > y) !== (by! > y) && x < ((bx! - ax!) * (y - ay!)) / (by! - ay!) + ax!) within = !within;
  });
  return within;
}

for (const { pattern, label, order } of WIPES) {
  Deno.test(`wipe ${pattern} (${label}) opens in the browser where a render opens it`, () => {
    for (const at of [0.1, 0.33, 0.5, 0.77, 0.95]) {
      const path = clipPathOf(pattern, at);
      for (let x = 0.013; x < 1; x += 0.061) {
        for (let y = 0.017; y < 1; y += 0.067) {
          // A line of rounding between inside and outside.
          if (Math.abs(order(x, y) - at) < 0.004) continue;
          assert.equal(inside(path, x, y), order(x, y) < at, `${path} at ${x}, ${y}`);
        }
      }
    }
  });
}

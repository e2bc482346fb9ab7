import { canvasBench } from "./canvas/bench.ts";

/** The canvas section of `deno task bench` alone: `deno run -A deploy/bench/canvas_bench.ts`. */
if (import.meta.main) await canvasBench();

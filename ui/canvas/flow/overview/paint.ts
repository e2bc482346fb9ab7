import type { Box } from "../../../../shared/canvas/groups.ts";

/** Screen pixels across from which a name can be read in a tile. */
const NAMED = 40;
const NAME = { size: 9, line: 13 };
const HEADING = 12;

/** A card from afar. Boxes are in canvas pixels. */
export interface Tile extends Box {
  title: string;
  /** The token of its colour. */
  kind: string;
  chosen: boolean;
  failed: boolean;
  /** 0 to 1 while a machine is at work on it. */
  progress: number | null;
  poster: ImageBitmap | null;
}

/** A wire from afar: its ends in canvas pixels. */
export interface Thread {
  from: { x: number; y: number };
  to: { x: number; y: number };
  kind: string;
  chosen: boolean;
}

/** A frame, which is an element: its name at a size that can be read. */
export interface Heading extends Box {
  title: string;
}

interface Pen {
  context: CanvasRenderingContext2D;
  colour(token: string): string;
  /** Where the canvas begins in what is painted, and how large it is drawn. */
  x: number;
  y: number;
  zoom: number;
}

/**
 * Paints cards and wires as they are seen from afar: colour and picture, what is chosen, at work and failed, and the name where it can be
 * read. One path for each colour, since a thousand paths cost a thousand times as much.
 */
export function paintOverview(
  pen: Pen,
  { tiles, threads, headings }: {
    tiles: readonly Tile[];
    threads: readonly Thread[];
    headings: readonly Heading[];
  },
): void {
  paintThreads(pen, threads);
  const { context, colour, zoom } = pen;
  const bodies = new Path2D(), chosen = new Path2D(), failed = new Path2D(), working = new Path2D();
  const kinds = new Map<string, { all: Path2D; bare: Path2D }>();
  const radius = Math.min(4, 16 * zoom);
  for (const tile of tiles) {
    const box = boxOf(pen, tile);
    bodies.roundRect(...box, radius);
    let kind = kinds.get(tile.kind);
    if (!kind) kinds.set(tile.kind, kind = { all: new Path2D(), bare: new Path2D() });
    kind.all.roundRect(...box, radius);
    if (!tile.poster) kind.bare.roundRect(...box, radius);
    if (tile.chosen) chosen.roundRect(...grown(box, 1), radius + 1);
    if (tile.progress !== null) working.roundRect(...box, radius);
    if (tile.failed) failed.roundRect(...box, radius);
  }
  context.fillStyle = colour("surface-2");
  context.fill(bodies);
  for (const [token, { bare }] of kinds) {
    context.globalAlpha = 0.2;
    context.fillStyle = colour(token);
    context.fill(bare);
  }
  context.globalAlpha = 1;
  paintPictures(pen, tiles);
  context.lineWidth = zoom < 0.16 ? 1 : 1.5;
  for (const [token, { all }] of kinds) {
    context.strokeStyle = colour(token);
    context.stroke(all);
  }
  context.lineWidth = 2;
  for (const [token, path] of [["well", working], ["broken", failed]] as const) {
    context.strokeStyle = colour(token);
    context.stroke(path);
  }
  context.strokeStyle = colour("accent");
  context.stroke(chosen);
  paintNames(pen, tiles);
  paintProgress(pen, tiles);
  paintHeadings(pen, headings);
}

function paintThreads({ context, colour, x, y, zoom }: Pen, threads: readonly Thread[]): void {
  const paths = new Map<string, Path2D>();
  for (const { from, to, kind, chosen } of threads) {
    const token = chosen ? "accent" : kind;
    let path = paths.get(token);
    if (!path) paths.set(token, path = new Path2D());
    const x1 = x + from.x * zoom, y1 = y + from.y * zoom, x2 = x + to.x * zoom, y2 = y + to.y * zoom;
    // React Flow's curve, so that a wire does not jump when one comes nearer.
    const across = x2 - x1;
    const bend = across >= 0 ? across / 2 : 6.25 * Math.sqrt(-across / zoom) * zoom;
    path.moveTo(x1, y1);
    path.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  }
  for (const [token, path] of paths) {
    context.globalAlpha = token === "accent" ? 1 : 0.75;
    context.lineWidth = token === "accent" ? 2 : Math.max(0.75, 4 * zoom);
    context.strokeStyle = colour(token);
    context.stroke(path);
  }
  context.globalAlpha = 1;
}

/** Below the name; where there is none, all of the tile. */
function paintPictures(pen: Pen, tiles: readonly Tile[]): void {
  for (const tile of tiles) {
    if (!tile.poster) continue;
    const [x, top, width, all] = boxOf(pen, tile);
    const y = width < NAMED ? top : top + NAME.line, height = all - (y - top);
    const { poster } = tile;
    const scale = Math.max(width / poster.width, height / poster.height);
    const w = width / scale, h = height / scale;
    pen.context.drawImage(poster, (poster.width - w) / 2, (poster.height - h) / 2, w, h, x, y, width, height);
  }
}

function paintNames(pen: Pen, tiles: readonly Tile[]): void {
  const { context, colour } = pen;
  context.font = `600 ${NAME.size}px ${colour("face") || "sans-serif"}`;
  context.fillStyle = colour("text-1");
  context.textBaseline = "middle";
  // How much of a name there is room for, by the width of its letters rather than by measuring a thousand texts; a little too much is
  // set closer.
  const letter = context.measureText("nameOFashot 0").width / 13;
  for (const tile of tiles) {
    const [x, y, width] = boxOf(pen, tile);
    if (width < NAMED) continue;
    context.fillText(
      shortened(tile.title, Math.floor(1.35 * (width - 6) / letter)),
      x + 4,
      y + NAME.line / 2 + 1,
      width - 6,
    );
  }
}

function paintHeadings(pen: Pen, headings: readonly Heading[]): void {
  const { context, colour } = pen;
  context.font = `600 ${HEADING}px ${colour("face") || "sans-serif"}`;
  context.textBaseline = "bottom";
  const letter = context.measureText("nameOFashot 0").width / 13;
  for (const heading of headings) {
    const [x, y, width] = boxOf(pen, heading);
    context.fillStyle = colour("text-2");
    context.fillText(shortened(heading.title, Math.max(3, Math.floor(width / letter))), x + 2, y - 2);
  }
}

function paintProgress(pen: Pen, tiles: readonly Tile[]): void {
  for (const tile of tiles) {
    if (tile.progress === null) continue;
    const [x, y, width, height] = boxOf(pen, tile);
    pen.context.fillStyle = pen.colour("surface-3");
    pen.context.fillRect(x, y + height - 3, width, 3);
    pen.context.fillStyle = pen.colour("accent");
    pen.context.fillRect(x, y + height - 3, width * Math.max(0.06, tile.progress), 3);
  }
}

function boxOf({ x, y, zoom }: Pen, box: Box): [number, number, number, number] {
  return [x + box.x * zoom, y + box.y * zoom, box.width * zoom, box.height * zoom];
}

function grown([x, y, width, height]: [number, number, number, number], by: number) {
  return [x - by, y - by, width + 2 * by, height + 2 * by] as const;
}

/** Its beginning and its end, since shots differ in the end. By characters as people count them: an emoji is not cut in two. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const letters = Array.from(text);
  if (letters.length <= most) return text;
  const end = Math.max(1, Math.floor((most - 1) / 2)), start = Math.max(1, most - 1 - end);
  return `${letters.slice(0, start).join("")}…${letters.slice(-end).join("")}`;
}

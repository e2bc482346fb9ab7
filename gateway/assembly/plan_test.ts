import assert from "node:assert/strict";
import fc from "fast-check";
import { shotsOf, wiredShotsOf } from "../../shared/canvas/chain.ts";
import {
  type CanvasNode,
  type FileRef,
  type Graph,
  Graph as GraphSchema,
  type Transition,
} from "../../shared/canvas/graph.ts";
import { applyOperations } from "../../shared/canvas/operations.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TakeRow } from "../takes/mod.ts";
import { assemblerOf, type Compiled, compileFilm } from "./compile.ts";
import { readList } from "./conform.ts";
import { LIST_FORMATS } from "../../shared/film/mod.ts";
import { listText } from "./cut_list.ts";
import { planConform } from "./plan.ts";
import { RATES } from "../../shared/time/rate.ts";
import { formatTimecode, parseTimecode } from "../../shared/time/timecode.ts";

type Fps = ProjectRow["fps"];

/** Eight shots of two takes each, a hundred frames long. */
const SHOTS = Array.from({ length: 8 }, (_, i) => `SHOT-${i + 1}0`);
const TAKES: TakeRow[] = SHOTS.flatMap((shot, i) =>
  [1, 2].map((take) => ({
    ...{ id: `t${i}${take}`, node_id: `n${i}`, shot, version: 1, take, name: `${shot}_v01_take0${take}` },
    ...{
      kind: "video",
      oid: "0".repeat(64),
      extension: "mp4",
      reel: `S${i}T0${take}`,
      path: "03_Renders/x.mp4",
    },
    ...{ timecode_start: 10_000 + i * 1000 + take * 200, media: { frames: 100 } },
  } as TakeRow))
);

const SHAPE = { width: 1280, height: 720, pixel_aspect: "1:1" };

interface Canvas {
  graph: Graph;
  active: Map<string, TakeRow>;
}

const trim = fc.record({
  in: fc.nat(30),
  out: fc.option(fc.integer({ min: 50, max: 85 }), { nil: undefined }),
  take: fc.constantFrom(1, 2),
  mixed: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 })),
  wipe: fc.option(fc.constantFrom(1, 21, 119), { nil: undefined }),
  more: fc.record({
    speed: fc.oneof(
      fc.constantFrom(50, 200, -100, 0, 33.3, 104.7),
      fc.integer({ min: 25, max: 400 }),
      fc.integer({ min: -300, max: -40 }),
    ),
    gap: fc.integer({ min: 10, max: 40 }),
    from_black: fc.constantFrom<Transition>(
      { kind: "dissolve", frames: 4 },
      { kind: "wipe", pattern: 22, frames: 3 },
    ),
    sound: fc.constantFrom({ level: -6.5 }, { muted: true }, { level: 3, muted: true }),
    off: fc.constantFrom("bypassed", "muted"),
    note: fc.constantFrom("Darker", "Wait for the lamp\nthen cut", "* NOTE: 001 X V C", "  "),
  }, { requiredKeys: [] }),
});

const FILES: FileRef[] = ["Theme", "Sea", "Ada says no"].map((name, i) => ({
  path: `01_Assets/Audio/${name}.wav`,
  ...{ oid: String(i + 1).repeat(64), size: 1000 },
}));
const sounds = fc.array(
  fc.record({
    file: fc.constantFrom(...FILES),
    ...{ wait: fc.nat(50), from: fc.nat(400), frames: fc.integer({ min: 1, max: 300 }) },
    more: fc.record({
      level: fc.constantFrom(-12, 0, 2.25),
      ...{ fade_in: fc.integer({ min: 1, max: 48 }), fade_out: fc.integer({ min: 1, max: 48 }) },
    }, { requiredKeys: [] }),
  }),
  { minLength: 1, maxLength: 4 },
).map((list) => {
  let at = 0;
  return list.map(({ file, wait, from, frames, more }, i) => {
    at += wait + frames;
    return { id: `a${i}`, file, at: at - frames, from, frames, ...more };
  });
});
/** What an assembler says beside its fades. */
const ends = fc.record({
  lead: fc.integer({ min: 1, max: 30 }),
  sound: fc.constantFrom({ level: -3 }, { level: 1.5 }),
  tracks: fc.array(
    fc.record({ name: fc.constantFrom("Music", "Voices"), clips: sounds, level: fc.constantFrom(0, -4) }),
    { minLength: 1, maxLength: 3 },
  ),
}, { requiredKeys: [] });

/** Any canvas of those shots: two films of some of them, trims, dissolves, fades. */
const canvas: fc.Arbitrary<Canvas> = fc.tuple(
  fc.shuffledSubarray(SHOTS.map((_, i) => i), { minLength: 1 }),
  fc.nat(7),
  fc.array(trim, { minLength: 8, maxLength: 8 }),
  fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  ends,
).map(([order, split, trims, fade_in, fade_out, more]) => {
  const films = [order.slice(0, split + 1), order.slice(split + 1)];
  const nodes = SHOTS.map((shot, i) => ({
    ...{ id: `n${i}`, type: "shot", title: shot, position: { x: 0, y: 0 }, shot, trim_in: trims[i]!.in },
    ...(trims[i]!.mixed ? { transition: mixOf(trims[i]!) } : {}),
    ...trims[i]!.more,
    ...trimmedOut(trims[i]!),
  }));
  const edges = films.flatMap((film, f) =>
    film.map((shot, at) => ({
      ...{ id: `e${f}${at}`, source: `n${shot}`, source_port: "shot" },
      ...(at + 1 < film.length
        ? { target: `n${film[at + 1]}`, target_port: "previous" }
        : { target: `vse${f}`, target_port: "sequence" }),
    }))
  );
  const ends = [0, 1].map((f) => ({
    ...{ id: `vse${f}`, type: "assembler", title: "Film", position: { x: 0, y: 0 } },
    ...(fade_in ? { fade_in } : {}),
    ...(fade_out ? { fade_out } : {}),
    ...more,
  }));
  return {
    graph: GraphSchema.parse({ nodes: [...nodes, ...ends] as CanvasNode[], edges }),
    active: new Map(
      TAKES.filter((take) => take.take === trims[Number(take.node_id[1])]!.take).map((take) => [
        take.node_id,
        take,
      ]),
    ),
  };
});

/** One whose film can be cut: what lacks frames is refused, and told of elsewhere. */
const ready = canvas.filter((it) => {
  try {
    return shotsOf(it.graph, "vse0").length > 0 && compiled(it, "24").frames > 0;
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
});

function mixOf({ mixed, wipe }: { mixed: number; wipe: number | undefined }): Transition {
  return wipe ? { kind: "wipe", pattern: wipe, frames: mixed } : { kind: "dissolve", frames: mixed };
}

/** A shot that dissolves keeps the frames for it. */
function trimmedOut({ out, mixed }: { out: number | undefined; mixed: number }): { trim_out?: number } {
  if (out !== undefined) return { trim_out: out };
  return mixed ? { trim_out: 90 } : {};
}

const format = fc.constantFrom(...LIST_FORMATS);
const rate = fc.constantFrom<Fps>("23.976", "24", "25", "29.97");

function compiled({ graph, active }: Canvas, fps: Fps): Compiled {
  return compileFilm(
    shotsOf(graph, "vse0"),
    active,
    { fps, title: "Film", drop_frame: false },
    assemblerOf(
      graph,
      "vse0",
    ),
  );
}

function planned(list: string, { graph, active }: Canvas, fps: Fps) {
  const { timeline, placeOf } = readList(list, RATES[fps]);
  let id = 0;
  const newId = () => `made${id++}`;
  return planConform({
    ...{ graph, active, assembler: "vse0", timeline, placeOf, takes: TAKES, sounds: FILES, newId },
  });
}

Deno.test("a canvas's own list changes nothing on it, in every format and at every rate", () => {
  fc.assert(
    fc.property(ready, format, rate, (it, as, fps) => {
      const film = compiled(it, fps);
      const plan = planned(listText(film.timeline, { ...film, project: SHAPE }, as), it, fps);
      assert.deepEqual(plan, { changes: [], unmatched: [], notes: [], operations: [], activate: [] });
    }),
    { numRuns: 300, seed: 11 },
  );
});

Deno.test("the list of one canvas makes the film of another its own: order, trims, takes, dissolves, fades", () => {
  fc.assert(
    fc.property(ready, ready, format, (from, to, as) => {
      const film = compiled(from, "24");
      const plan = planned(listText(film.timeline, { ...film, project: SHAPE }, as), to, "24");
      assert.deepEqual([plan.unmatched, plan.notes], [[], []]);
      // A list without sound of its own leaves the tracks as they are.
      fc.pre(film.sounds.length > 0 || !assemblerOf(to.graph, "vse0").tracks);
      const applied = applyOperations(to.graph, plan.operations);
      assert(applied.ok, JSON.stringify(applied));
      const active = new Map(to.active);
      for (const id of plan.activate) {
        const take = TAKES.find((each) => each.id === id)!;
        active.set(take.node_id, take);
      }
      assert.deepEqual(compiled({ graph: applied.graph, active }, "24").timeline, film.timeline);
      const changed = plan.operations.length > 0 || plan.activate.length > 0;
      assert.equal(plan.changes.length > 0, changed, "whatever is done is said");
    }),
    { numRuns: 300, seed: 11 },
  );
});

const timecode = fc.integer({ min: 0, max: 20_000 }).map((frame) => formatTimecode(frame, RATES["24"]));
const oddLine = fc.tuple(
  fc.constantFrom("AX", "BL", "S0T01", "s1t02", "S3T01", "SHOT-40", "NOBODY"),
  fc.constantFrom("C       ", "D    012", "D    999", "W001 010", "D    000"),
  fc.constantFrom("V", "AA/V", "A", "B"),
  timecode,
  fc.integer({ min: 0, max: 120 }),
  timecode,
  fc.constantFrom("", "\n* FROM CLIP NAME: SHOT-20_v01_take02.mp4", "\n* TO CLIP NAME: SHOT-50"),
).map(([reel, mix, channels, source, length, record, names]) => {
  const later = (from: string) => formatTimecode(parseTimecode(from, RATES["24"]) + length, RATES["24"]);
  return `001  ${reel} ${channels} ${mix} ${source} ${later(source)} ${record} ${later(record)}${names}`;
});

Deno.test("whatever a list says, what it would change can be done, and doing it leaves nothing to change", () => {
  fc.assert(
    fc.property(canvas, fc.array(oddLine, { minLength: 1, maxLength: 12 }), (it, lines) => {
      const list = lines.join("\n");
      const plan = planned(list, it, "24");
      const applied = applyOperations(it.graph, plan.operations);
      assert(applied.ok, JSON.stringify(applied));
      const active = new Map(it.active);
      for (const id of plan.activate) {
        const take = TAKES.find((each) => each.id === id)!;
        active.set(take.node_id, take);
      }
      const again = planned(list, { graph: applied.graph, active }, "24");
      assert.deepEqual([again.changes, again.operations, again.activate], [[], [], []]);
    }),
    { numRuns: 500 },
  );
});

const still: Canvas = {
  graph: GraphSchema.parse({
    nodes: [
      { id: "n0", type: "shot", title: "A", position: { x: 0, y: 0 }, shot: SHOTS[0] },
      { id: "n1", type: "shot", title: "B", position: { x: 0, y: 0 }, shot: SHOTS[1] },
      { id: "vse0", type: "assembler", title: "Film", position: { x: 0, y: 0 } },
    ],
    edges: [
      { id: "e0", source: "n0", source_port: "shot", target: "n1", target_port: "previous" },
      { id: "e1", source: "n1", source_port: "shot", target: "vse0", target_port: "sequence" },
    ],
  }),
  active: new Map(TAKES.filter((take) => take.take === 1).map((take) => [take.node_id, take])),
};

Deno.test("a muted shot keeps its place behind what it follows; a list that names it switches it on", () => {
  const graph = GraphSchema.parse({
    nodes: [
      ...[0, 1, 2, 3].map((i) => ({
        ...{ id: `n${i}`, type: "shot", title: SHOTS[i], position: { x: 0, y: 0 }, shot: SHOTS[i] },
        ...(i === 1 ? { off: "muted" } : {}),
      })),
      { id: "vse0", type: "assembler", title: "Film", position: { x: 0, y: 0 } },
    ],
    edges: [0, 1, 2, 3].map((i) => ({
      ...{ id: `e${i}`, source: `n${i}`, source_port: "shot" },
      ...(i < 3
        ? { target: `n${i + 1}`, target_port: "previous" }
        : { target: "vse0", target_port: "sequence" }),
    })),
  });
  const canvas = { graph, active: still.active };
  const list = (...order: number[]) => {
    const nodes = order.map((i) => graph.nodes.find((node) => node.id === `n${i}`)!);
    const film = compileFilm(
      nodes.flatMap((node) => node.type === "shot" ? [node] : []),
      canvas.active,
      { fps: "24", title: "Film", drop_frame: false },
    );
    return planned(listText(film.timeline, { ...film, project: SHAPE }, "cmx"), canvas, "24");
  };
  const chain = (plan: ReturnType<typeof planned>) => {
    const applied = applyOperations(graph, plan.operations);
    assert(applied.ok, JSON.stringify(applied));
    return [wiredShotsOf(applied.graph, "vse0"), shotsOf(applied.graph, "vse0")].map((shots) =>
      shots.map((shot) => shot.id).join(" ")
    );
  };
  assert.deepEqual(list(0, 2, 3).operations, []);
  const swapped = list(3, 0, 2);
  assert.match(swapped.changes[0]!.sentence, /order becomes SHOT-40, SHOT-10, SHOT-30/);
  assert.deepEqual(chain(swapped), ["n3 n0 n1 n2", "n3 n0 n2"]);
  const whole = list(0, 1, 2, 3);
  assert.deepEqual(whole.changes.map((each) => each.sentence), ["SHOT-20 comes into the film."]);
  assert.deepEqual(chain(whole), ["n0 n1 n2 n3", "n0 n1 n2 n3"]);
});

Deno.test("clips are found by reel, name, source timecode or shot, and what is not is listed with its line", () => {
  const plan = planned(
    [
      "TITLE: By hand",
      "001 BL   V C     00:00:00:00 00:00:00:10 01:00:00:00 01:00:00:10",
      "002 AX   V C     00:07:46:16 00:07:47:16 01:00:00:10 01:00:01:10",
      "* SHOT-20_v01_take01 begins at 00:07:46:16",
      "003 GONE V C     00:00:00:00 00:00:01:00 01:00:01:10 01:00:02:10",
      "* FROM CLIP NAME: gone.mov",
      "004 AX   V C     00:00:01:00 00:00:02:00 01:00:02:10 01:00:03:10",
      "* FROM CLIP NAME: D:\\takes\\shot-10_v01_take02.MP4",
      "005 S0T01 V C    00:00:00:00 00:00:01:00 01:00:03:10 01:00:04:10",
      "006 S1T01 V C    00:07:50:00 00:07:54:00 01:00:04:10 01:00:08:10",
    ].join("\n"),
    still,
    "24",
  );
  assert.deepEqual(plan.unmatched.map(({ place, name }) => [place, name]), [
    ["line 5", "gone.mov"],
    ["line 9", "S0T01"],
    ["line 10", "S1T01"],
  ]);
  assert.match(plan.unmatched[0]!.reason, /No take has the reel "GONE", the name "gone\.mov" or this source/);
  assert.match(plan.unmatched[1]!.reason, /SHOT-10 is in the film already \(line 7\)/);
  assert.match(plan.unmatched[2]!.reason, /uses frames \d+ to \d+ of SHOT-20_v01_take01, which has 100/);
  assert.deepEqual(plan.changes.map((each) => each.kind), ["order", "trim", "take", "trim", "gap"]);
  assert.match(plan.changes[0]!.sentence, /order becomes SHOT-20, SHOT-10; it was SHOT-10, SHOT-20/);
  assert.deepEqual(plan.activate, ["t02"]);
  assert.deepEqual(plan.notes, []);
});

import { Graph } from "../../shared/canvas/graph.ts";
import { nominalRate, type RateName, RATES } from "../../shared/time/rate.ts";

/** What a new film can begin with. */
export interface Template {
  id: string;
  title: string;
  hint: string;
  /** Null: nothing. */
  graph: ((fps: RateName) => Graph) | null;
}

export const TEMPLATES: readonly Template[] = [
  { id: "blank", title: "An empty canvas", hint: "Add shot by shot as you go.", graph: null },
  {
    id: "animatic",
    title: "A four-shot animatic",
    hint:
      "Four shots with words and lengths, wired into a film. Drawn as cards: needs no GPU, plays in a minute.",
    graph: animatic,
  },
];

/** Seconds. */
const STORY = [
  { prompt: "Wide: a lighthouse on a black rock before dawn, long swell, gulls far off", seconds: 3 },
  { prompt: "The keeper climbs the iron stair with a can of oil, slow push in", seconds: 2 },
  { prompt: "Close: rain streaks the lamp room glass, the great lamp turns behind it", seconds: 2 },
  { prompt: "A fishing boat answers with one small light; the beam passes over it", seconds: 3 },
];
const STEP = 280;

function animatic(fps: RateName): Graph {
  const rate = nominalRate(RATES[fps]);
  const shots = STORY.map(({ prompt, seconds }, index) => ({
    id: `shot-0${index + 1}0`,
    type: "shot",
    title: `SHOT-0${index + 1}0`,
    shot: `SHOT-0${index + 1}0`,
    position: { x: index * STEP, y: 0 },
    prompt,
    seed: 1001 + index,
    runner: "animatic",
    duration: seconds * rate,
  }));
  const place = (column: number, y = 0) => ({ position: { x: column * STEP, y } });
  return Graph.parse({
    nodes: [
      {
        ...{ id: "keeper", type: "asset", title: "The keeper", kind: "character", ...place(0, 280) },
        description: "A keeper in his sixties, grey beard, yellow oilskin",
      },
      ...shots,
      { id: "film", type: "assembler", title: "The film", ...place(STORY.length) },
      {
        ...{ id: "how", type: "note", title: "How it goes on", ...place(2, 280) },
        text: "1. Generate all: each shot becomes a card with its words, as long as the shot is.\n" +
          "2. Preview: the film plays.\n" +
          "3. Change words and lengths until the story works; every take is kept.\n" +
          "4. Choose another runner for a shot when a GPU is there, and generate it again.",
      },
    ],
    edges: [
      ...shots.slice(1).map((shot, index) => wire(shots[index]!.id, "shot", shot.id, "previous")),
      wire(shots.at(-1)!.id, "shot", "film", "sequence"),
      wire("keeper", "asset", "shot-020", "assets"),
    ],
  });
}

function wire(source: string, source_port: string, target: string, target_port: string) {
  return { id: `${source}-${target}`, source, source_port, target, target_port };
}

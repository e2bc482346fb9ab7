import type { Graph } from "../../shared/canvas/graph.ts";

/** The demo's film: a character, a still, and four shots, one of them trimmed. */

const x = (column: number) => column * 280;

interface ShotPlan {
  id: string;
  shot: string;
  prompt: string;
  /** Frames. */
  duration: number;
  trim?: { in: number; out: number };
  /** Which of the two takes is in the film. */
  active: 1 | 2;
}

export const SHOTS: readonly ShotPlan[] = [
  {
    id: "shot-010",
    shot: "SHOT-010",
    prompt: "A lighthouse on a black rock before dawn, long swell, gulls far off; the lamp turns once",
    duration: 48,
    active: 2,
  },
  {
    id: "shot-020",
    shot: "SHOT-020",
    prompt: "The keeper climbs the iron stair with a can of oil, brass catching the light, slow push in",
    duration: 60,
    trim: { in: 6, out: 54 },
    active: 1,
  },
  {
    id: "shot-030",
    shot: "SHOT-030",
    prompt: "Rain streaks the lamp room glass; behind it the keeper turns the great lamp by hand",
    duration: 48,
    active: 2,
  },
  {
    id: "shot-040",
    shot: "SHOT-040",
    prompt: "A fishing boat answers with one small light; the beam passes over it and goes on",
    duration: 36,
    active: 1,
  },
];

export const ASSEMBLER = "film";
export const STILL = "lamp-room";
/** Takes of each node. */
export const TAKES = 2;

/** Frames of the film: what its shots are trimmed to. */
export const FRAMES = SHOTS.reduce(
  (sum, each) => sum + (each.trim ? each.trim.out - each.trim.in : each.duration),
  0,
);

export function demoGraph(): Graph {
  return {
    nodes: [
      {
        id: "keeper",
        type: "asset",
        title: "Keeper",
        position: { x: x(0), y: 0 },
        kind: "character",
        images: [],
        description: "The keeper: sixty, grey beard, yellow oilskin",
      },
      {
        id: STILL,
        type: "generate_image",
        title: "Lamp room still",
        position: { x: x(0), y: 240 },
        shot: "LAMP-ROOM",
        prompt: "The lamp room by night, the great lens alight, rain on the glass",
        negative_prompt: "",
        seed: 7,
        seed_locked: false,
        runner: "animatic-still",
        params: {},
      },
      ...SHOTS.map((each, index) => ({
        id: each.id,
        type: "shot" as const,
        title: each.shot,
        position: { x: x(index + 1), y: index % 2 * 60 },
        shot: each.shot,
        prompt: each.prompt,
        negative_prompt: "",
        seed: 100 + index,
        seed_locked: false,
        runner: "animatic",
        params: {},
        duration: each.duration,
        trim_in: each.trim?.in ?? 0,
        ...(each.trim ? { trim_out: each.trim.out } : {}),
      })),
      { id: ASSEMBLER, type: "assembler", title: "The film", position: { x: x(SHOTS.length + 1), y: 0 } },
    ],
    edges: [
      { id: "keeper-020", source: "keeper", source_port: "asset", target: "shot-020", target_port: "assets" },
      { id: "lamp-030", source: STILL, source_port: "image", target: "shot-030", target_port: "image" },
      ...SHOTS.slice(1).map((each, index) => ({
        id: `chain-${each.id}`,
        source: SHOTS[index]!.id,
        source_port: "shot",
        target: each.id,
        target_port: "previous",
      })),
      {
        id: "chain-film",
        source: SHOTS.at(-1)!.id,
        source_port: "shot",
        target: ASSEMBLER,
        target_port: "sequence",
      },
    ],
  };
}

import { shotsOf, wiredShotsOf } from "../../shared/canvas/chain.ts";
import type { FileRef, Graph, NodeOf } from "../../shared/canvas/graph.ts";
import { MAX_EVENTS, recordRange, type Timeline } from "../../shared/edl/mod.ts";
import { type Fault, type FilmNode, layFilm } from "../../shared/film/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { type Rate, RATES } from "../../shared/time/rate.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TakeRow } from "../takes/mod.ts";

/** An assembler's film: the cut and the takes that it is cut from, one per reel. */
export interface Compiled {
  timeline: Timeline;
  frames: number;
  takes: TakeRow[];
  /** Of its tracks. */
  sounds: FileRef[];
}

export function assemblerOf(graph: Graph, id: string): NodeOf<"assembler"> {
  const node = graph.nodes.find((each) => each.id === id);
  if (node?.type === "assembler") return node;
  throw new ProblemError("not_found", `There is no assembler "${id}" on this canvas.`);
}

/** The shots of the film, or the problem that says what to connect. */
export function chainOf(graph: Graph, node: NodeOf<"assembler">): NodeOf<"shot">[] {
  const shots = shotsOf(graph, node.id);
  if (!shots.length && wiredShotsOf(graph, node.id).length) {
    throw new ProblemError(
      "unprocessable",
      `Every shot of "${node.title}" is bypassed or muted; switch on what the film should show.`,
    );
  }
  if (!shots.length) {
    throw new ProblemError(
      "unprocessable",
      `Nothing is connected to "${node.title}"; wire the last shot of the film into it.`,
    );
  }
  if (shots.length > MAX_EVENTS) {
    throw new ProblemError(
      "unprocessable",
      `The film has ${shots.length} shots and an EDL holds ${MAX_EVENTS}; give its parts assemblers of their own.`,
    );
  }
  return shots;
}

/**
 * The film of these shots and their active takes. ProblemError unprocessable names every shot that has no take, is trimmed
 * outside it or lacks the frames of its transition, not only the first.
 */
export function compileFilm(
  shots: readonly NodeOf<"shot">[],
  active: ReadonlyMap<string, TakeRow>,
  project: Pick<ProjectRow, "fps" | "title" | "drop_frame">,
  film: FilmNode = {},
): Compiled {
  const rate = RATES[project.fps];
  const { timeline, faults } = layFilm({
    ...{ title: project.title, rate, drop: project.drop_frame, shots, film },
    takes: new Map([...active].map(([node, row]) => [node, { ...row, frames: framesAt(row, rate) }])),
  });
  if (faults.length) throw notReady(faults, shots.length);
  const range = recordRange(timeline);
  const takes = shots.flatMap((shot) => active.get(shot.id) ?? []);
  return {
    timeline,
    frames: range.out - range.in,
    takes: [...new Map(takes.map((take) => [take.reel, take])).values()],
    sounds: filesOf(film),
  };
}

/** The sound files that the film uses, each once. */
function filesOf(film: FilmNode): FileRef[] {
  const clips = (film.tracks ?? []).flatMap((track) => track.muted ? [] : track.clips);
  return [...new Map(clips.map(({ file }) => [file.oid, file])).values()];
}

/**
 * Frames that a take lasts at the film's rate. By the clock: frame i of the film shows the one that is on screen then.
 */
export function framesAt(row: TakeRow, rate: Rate): number {
  const [num, den] = (row.media.rate ?? "0/1").split("/").map(Number) as [number, number];
  // Rates that differ by less than this are one, written otherwise; 23.976 and 24 differ by a thousandth.
  const same = !num || !den || Math.abs((num * rate.den) / (den * rate.num) - 1) < 0.0005;
  if (same) return Math.max(1, row.media.frames);
  return Math.max(1, Math.floor((row.media.frames * rate.num * den) / (rate.den * num)));
}

function notReady(faults: Fault[], shots: number): ProblemError {
  const named = faults.slice(0, 5).map((fault) => fault.message).join(" ");
  const more = faults.length > 5 ? ` And ${faults.length - 5} more.` : "";
  return new ProblemError(
    "unprocessable",
    `${faults.length} of ${shots} ${shots === 1 ? "shot" : "shots"} cannot be cut yet. ${named}${more}`,
    { errors: faults },
  );
}

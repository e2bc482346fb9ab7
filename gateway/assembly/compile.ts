import { shotsOf } from "../../shared/canvas/chain.ts";
import type { Graph, NodeOf } from "../../shared/canvas/graph.ts";
import { type EdlEvent, MAX_EVENTS, RECORD_START_HOUR, type Timeline } from "../../shared/edl/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { nominalRate, type RateName, RATES } from "../../shared/time/rate.ts";
import type { TakeRow } from "../takes/mod.ts";

/** An assembler's film: the cut and the takes that it is cut from, one per reel. */
export interface Compiled {
  timeline: Timeline;
  frames: number;
  takes: TakeRow[];
}

/** The shots of the film, or the problem that says what to connect. */
export function chainOf(graph: Graph, assembler: string): NodeOf<"shot">[] {
  const node = graph.nodes.find((each) => each.id === assembler);
  if (node?.type !== "assembler") {
    throw new ProblemError("not_found", `There is no assembler "${assembler}" on this canvas.`);
  }
  const shots = shotsOf(graph, assembler);
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
 * Lays the active takes one after another from 01:00:00:00, each by its own timecode and within its trim. ProblemError
 * unprocessable names every shot that has no take or is trimmed outside it, not only the first.
 */
export function compileFilm(
  shots: readonly NodeOf<"shot">[],
  active: ReadonlyMap<string, TakeRow>,
  fps: RateName,
  title: string,
): Compiled {
  const rate = RATES[fps];
  const faults: { path: string; message: string }[] = [];
  const events: EdlEvent[] = [];
  const takes = new Map<string, TakeRow>();
  let at = nominalRate(rate) * 3600 * RECORD_START_HOUR;
  for (const shot of shots) {
    const take = active.get(shot.id);
    const fault = faultOf(shot, take);
    if (fault !== null || !take) {
      faults.push({ path: shot.id, message: fault ?? "" });
      continue;
    }
    const range = rangeOf(shot, take);
    const length = range.out - range.in;
    // A still has one frame and is held: its source timecode runs on under it.
    const start = take.timecode_start + (take.kind === "image" ? 0 : range.in);
    events.push({
      number: events.length + 1,
      reel: take.reel,
      channels: "V",
      transition: { kind: "cut" },
      source: { in: start, out: start + length },
      record: { in: at, out: at + length },
      clip: take.name,
      comments: [`SHOT: ${shot.shot}`, `LFS OID: sha256:${take.oid}`],
    });
    takes.set(take.reel, take);
    at += length;
  }
  if (faults.length) throw notReady(faults, shots.length);
  const frames = at - events[0]!.record.in;
  return { timeline: { title, rate, drop: false, comments: [], events }, frames, takes: [...takes.values()] };
}

function rangeOf(shot: NodeOf<"shot">, take: TakeRow): { in: number; out: number } {
  const end = take.kind === "image" ? shot.duration : take.media.frames;
  return { in: shot.trim_in, out: shot.trim_out ?? end };
}

function faultOf(shot: NodeOf<"shot">, take: TakeRow | undefined): string | null {
  if (!take) return `${shot.shot} has no take yet; generate one.`;
  const range = rangeOf(shot, take);
  if (range.out <= range.in) {
    return `${shot.shot} is trimmed from frame ${range.in} to ${range.out}: nothing of it is left.`;
  }
  if (take.kind === "video" && range.out > take.media.frames) {
    return `${shot.shot} is trimmed to end at frame ${range.out}, and ${take.name} has ${take.media.frames}; ` +
      `trim it to ${take.media.frames} at most or make a longer take.`;
  }
  return null;
}

function notReady(faults: { path: string; message: string }[], shots: number): ProblemError {
  const named = faults.slice(0, 5).map((fault) => fault.message).join(" ");
  const more = faults.length > 5 ? ` And ${faults.length - 5} more.` : "";
  return new ProblemError(
    "unprocessable",
    `${faults.length} of ${shots} ${shots === 1 ? "shot" : "shots"} cannot be cut yet. ${named}${more}`,
    { errors: faults },
  );
}

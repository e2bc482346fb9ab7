import { shotsOf } from "../../shared/canvas/chain.ts";
import type { Transition } from "../../shared/canvas/graph.ts";
import {
  type EdlEvent,
  lengthAt,
  noteOf,
  noteRemarks,
  remarkOf,
  soundOf,
  wipeOf,
} from "../../shared/edl/mod.ts";
import { layFilm, rangeOf } from "../../shared/film/mod.ts";
import { assemblerOf, framesAt } from "./compile.ts";
import { change, type ConformPlan, type ConformSources, headFade } from "./plan.ts";
import type { ToldFilm, Used } from "./read_film.ts";

export interface Beside {
  /** The shot after it. */
  next: Used | undefined;
  film: ToldFilm;
  /** The film's events as they are, by shot. */
  now: ReadonlyMap<string, EdlEvent>;
  sources: ConformSources;
}

/** The events that the canvas gives as it is, by node; none when it cannot be cut. */
export function eventsNow({ graph, assembler, timeline, active }: ConformSources): Map<string, EdlEvent> {
  const shots = shotsOf(graph, assembler);
  const { rate, drop } = timeline;
  const takes = new Map([...active].map(([node, row]) => [node, { ...row, frames: framesAt(row, rate) }]));
  const laid = layFilm({ title: "", rate, drop, shots, takes, film: assemblerOf(graph, assembler) });
  const shown = laid.timeline.events.filter((it) => it.record.out > it.record.in);
  return new Map(shots.flatMap((shot) => {
    const event = shown.find((it) => remarkOf(it, "SHOT") === shot.shot);
    return event ? [[shot.id, event]] : [];
  }));
}

/** What changes of a shot itself: trims, speed, transition, gap, sound, note. */
export function planFields(used: Used, beside: Beside, plan: ConformPlan): void {
  const set: Record<string, unknown> = {
    // A list that names it wants it in the film.
    ...(used.shot.off ? { off: null } : {}),
    ...trimsOf(used, beside, plan),
    ...mixesOf(used, beside, plan),
    ...wordsOf(used, beside, plan),
  };
  if (Object.keys(set).length) plan.operations.push({ op: "update_node", id: used.shot.id, set });
}

function trimsOf(used: Used, { now, sources }: Beside, plan: ConformPlan): Record<string, unknown> {
  const { shot, take, range } = used;
  if (sameRun(used, now.get(shot.id))) return {};
  const set: Record<string, unknown> = {};
  const frames = framesAt(take, sources.timeline.rate);
  const was = rangeOf(shot, { kind: take.kind, frames });
  const end = take.kind === "image" ? shot.duration : frames;
  const same = take.kind === "image"
    ? was.out - was.in === range.out - range.in
    : was.in === range.in && was.out === range.out;
  if (!same) {
    set.trim_in = range.in;
    set.trim_out = range.out === end ? null : range.out;
    plan.changes.push(
      change(
        "trim",
        shot,
        `${shot.shot} is used from frame ${range.in} to ${range.out}; it was ${was.in} to ${was.out}.`,
      ),
    );
  }
  const speed = take.kind === "image" ? shot.speed ?? 100 : used.speed;
  if (speed !== (shot.speed ?? 100)) {
    set.speed = speed === 100 ? null : speed;
    const length = lengthAt(range.out - range.in, speed);
    plan.changes.push(
      change(
        "speed",
        shot,
        `${shot.shot} ${
          speed === 0 ? "holds a frame" : `plays at ${percent(speed)}`
        } for ${length} frames; it was ${percent(shot.speed ?? 100)}.`,
      ),
    );
  }
  return set;
}

/** Both play the same frames as fast. */
function sameRun({ event, take }: Used, now: EdlEvent | undefined): boolean {
  return now !== undefined && now.reel === take.reel && now.speed === event.speed &&
    now.source.in === event.source.in && now.source.out === event.source.out &&
    now.record.out - now.record.in === event.record.out - event.record.in;
}

function mixesOf(used: Used, { next, film, sources }: Beside, plan: ConformPlan): Record<string, unknown> {
  const { shot, gap, out, from_black } = used;
  const set: Record<string, unknown> = {};
  if (gap !== (shot.gap ?? 0)) {
    set.gap = gap || null;
    plan.changes.push(
      change(
        "gap",
        shot,
        `${gap || "No"} frames of black come after ${shot.shot}; it was ${shot.gap ?? "none"}.`,
      ),
    );
  }
  // What the last shot of a film has for a next one means nothing in it.
  if (next && !alike(out, shot.transition)) {
    set.transition = out;
    const into = gap ? "the black" : next.shot.shot;
    plan.changes.push(
      change(
        "transition",
        shot,
        `${shot.shot}, before ${into}, ${words(out)}; it was ${named(shot.transition)}.`,
      ),
    );
  }
  const head = film.used[0] === used;
  const node = assemblerOf(sources.graph, sources.assembler);
  // The film's own fade stands for the first shot's.
  const wanted = head && headFade(used, node) > 0 ? shot.from_black ?? null : from_black;
  if (used.after_black && !alike(wanted, shot.from_black)) {
    set.from_black = wanted;
    plan.changes.push(
      change(
        "transition",
        shot,
        `${shot.shot} ${words(wanted)} out of black; it was ${named(shot.from_black)}.`,
      ),
    );
  }
  return set;
}

/** Level and note, where the list is one of ours or says something of them. */
function wordsOf(
  { shot, event, take }: Used,
  { sources }: Beside,
  plan: ConformPlan,
): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  const ours = remarkOf(event, "SHOT") !== undefined;
  const film = assemblerOf(sources.graph, sources.assembler).sound ?? {};
  const told = soundOf(event);
  const heard = ours || event.comments.some((text) => /^AUDIO (LEVEL|MUTE)/i.test(text));
  // A film that is muted as a whole stays so; its shots keep what they have.
  if (heard && !film.muted && take.kind === "video") {
    const level = Math.round((told.level - (film.level ?? 0)) * 100) / 100;
    const muted = told.muted;
    const was = {
      level: Math.round((shot.sound?.level ?? 0) * 100) / 100,
      muted: shot.sound?.muted === true,
    };
    if (muted !== was.muted || level !== was.level) {
      const sound = { ...(level ? { level } : {}), ...(muted ? { muted } : {}) };
      set.sound = level || muted ? sound : null;
      plan.changes.push(
        change(
          "sound",
          shot,
          `${shot.shot} is heard at ${loudness({ level, muted })}; it was ${loudness(was)}.`,
        ),
      );
    }
  }
  const note = noteOf(event);
  const before = noteRemarks(shot.note).map((text) => text.slice("NOTE: ".length)).join("\n");
  if ((ours || note !== "") && note !== before) {
    set.note = note || null;
    plan.changes.push(
      change(
        "note",
        shot,
        note ? `The note of ${shot.shot} becomes "${note}".` : `${shot.shot} loses its note.`,
      ),
    );
  }
  return set;
}

function alike(a: Transition | null | undefined, b: Transition | null | undefined): boolean {
  if (!a || !b) return !a && !b;
  return a.kind === b.kind && a.frames === b.frames &&
    (a.kind !== "wipe" || b.kind !== "wipe" || a.pattern === b.pattern);
}

function words(mix: Transition | null): string {
  if (!mix) return "cuts";
  return mix.kind === "wipe"
    ? `wipes (${wipeOf(mix.pattern)?.label.toLowerCase()}) for ${mix.frames} frames`
    : `dissolves for ${mix.frames} frames`;
}

function named(mix: Transition | undefined): string {
  if (!mix) return "a cut";
  return `a ${mix.kind} of ${mix.frames}`;
}

function percent(speed: number): string {
  return `${Math.round(speed * 100) / 100} %`;
}

function loudness({ level, muted }: { level: number; muted: boolean }): string {
  return muted ? "nothing" : `${level > 0 ? "+" : ""}${level} dB`;
}

import { BLACK, type Cut, frameOf, mixAt, type Retime, type Sound } from "../../../shared/edl/mod.ts";
import type { Reel } from "./playable.ts";

/** Some frames of a film in which one take is seen in one way. */
interface Stretch {
  at: number;
  frames: number;
  source: { start: number; retime?: Retime };
  /** It comes in over what is below. */
  mix?: { kind: "dissolve" } | { kind: "wipe"; pattern: number };
  /** It is on its way out, under something else. */
  leaves?: boolean;
}

/** One take on the screen from its first frame to its last; black has one, too. Later ones lie above. */
export interface Layer {
  key: string;
  reel: Reel | null;
  stretches: Stretch[];
  start: number;
  end: number;
}

/** What is seen of a layer at a frame of the film. */
export interface Seen {
  /** Frame of its take. */
  frame: number;
  /** How far it has come in, below 1 while it does. */
  mix: { kind: "dissolve"; at: number } | { kind: "wipe"; pattern: number; at: number } | null;
  leaves: boolean;
  retime: Retime | undefined;
}

/** The pictures of a film from bottom to top. */
export function layersOf(cut: Cut<Reel>): Layer[] {
  const layers: Layer[] = [];
  const add = (reel: Reel | null, stretch: Stretch) => {
    const last = layers.findLast((it) => it.reel === reel && it.end === stretch.at);
    if (last) {
      last.stretches.push(stretch);
      last.end = stretch.at + stretch.frames;
    } else {
      const key = `${reel?.reel ?? BLACK} ${stretch.at}`;
      layers.push({ key, reel, stretches: [stretch], start: stretch.at, end: stretch.at + stretch.frames });
    }
  };
  let at = 0;
  for (const piece of cut.pieces) {
    const { frames } = piece;
    if (piece.kind === "run") add(piece.source.take, { at, frames, source: piece.source });
    else {
      const mix = piece.kind === "wipe"
        ? { kind: "wipe" as const, pattern: piece.pattern }
        : { kind: "dissolve" as const };
      add(piece.from.take, { at, frames, source: piece.from, leaves: true });
      add(piece.to.take, { at, frames, source: piece.to, mix });
    }
    at += frames;
  }
  return layers;
}

/** null: it is not on the screen. */
export function seenAt(layer: Layer, frame: number): Seen | null {
  const it = layer.stretches.find((each) => frame >= each.at && frame < each.at + each.frames);
  if (!it) return null;
  const inside = frame - it.at;
  return {
    frame: layer.reel?.still ? 0 : frameOf(it.source, inside),
    mix: it.mix ? { ...it.mix, at: mixAt(inside, it.frames) } : null,
    leaves: it.leaves === true,
    retime: it.source.retime,
  };
}

/** The layer that a person means at a frame: the one that is there or comes in. */
export function layerAt(layers: readonly Layer[], frame: number): Layer | null {
  return layers.findLast((layer) => {
    const seen = seenAt(layer, frame);
    return seen !== null && !seen.leaves;
  }) ?? null;
}

/** How loud a sound is at a frame of the film, 1 as recorded; 0 when it is not heard there. */
export function gainAt(
  sound: Pick<Sound<Reel>, "at" | "frames" | "fade_in" | "fade_out" | "level">,
  frame: number,
): number {
  const inside = frame - sound.at;
  if (inside < 0 || inside >= sound.frames) return 0;
  const up = sound.fade_in ? Math.min(1, (inside + 0.5) / sound.fade_in) : 1;
  const down = sound.fade_out ? Math.min(1, (sound.frames - inside - 0.5) / sound.fade_out) : 1;
  return sound.level <= -96 ? 0 : 10 ** (sound.level / 20) * Math.min(up, down);
}

/**
 * By what all sounds are made quieter, so that the loudest of the film fits a player, which cannot amplify: what is heard stays in
 * proportion.
 */
export function headroom(cut: Cut<Reel>): number {
  return 1 / Math.max(1, ...cut.sounds.map((sound) => 10 ** (sound.level / 20)));
}

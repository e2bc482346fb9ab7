import { z } from "zod";

/**
 * What `WebSocket /api/projects/:p/canvas/live` says. Documents travel as binary frames: a byte for the kind, four for a number
 * (big-endian), then what Yjs wrote. All else is JSON.
 *
 * The client says `hello` with its state vector; the studio answers `sync` with what the client lacks, and from then on `update` for
 * whatever happens. A client's own `update` carries a number of its own; it is answered by `taken` or `refused`, and the next is sent
 * after that.
 */
export const FRAME = { hello: 1, sync: 2, update: 3 } as const;
export type FrameKind = keyof typeof FRAME;

export interface Frame {
  kind: FrameKind;
  /** An update's number; of what the studio sends, the version of the canvas. */
  number: number;
  data: Uint8Array;
}

/** Bytes of one frame: a canvas of thousands of nodes with long prompts. */
export const FRAME_LIMIT = 8 * 1024 * 1024;

export function writeFrame({ kind, number, data }: Frame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(5 + data.length);
  bytes[0] = FRAME[kind];
  new DataView(bytes.buffer).setUint32(1, number);
  bytes.set(data, 5);
  return bytes;
}

export function readFrame(bytes: ArrayBuffer): Frame | null {
  if (bytes.byteLength < 5) return null;
  const view = new DataView(bytes);
  const kind = (Object.keys(FRAME) as FrameKind[]).find((each) => FRAME[each] === view.getUint8(0));
  return kind ? { kind, number: view.getUint32(1), data: new Uint8Array(bytes, 5) } : null;
}

const Place = z.strictObject({
  x: z.number().min(-1e7).max(1e7),
  y: z.number().min(-1e7).max(1e7),
});
const Id = z.string().max(64);

/** What somebody does right now, in canvas pixels. It is in no document and gone when they are. */
export const Presence = z.strictObject({
  /** Null: the pointer is elsewhere. */
  cursor: Place.nullable(),
  selection: z.array(Id).max(500),
  /** Nodes on their way: where they are dragged to. */
  dragging: z.record(Id, Place).refine((all) => Object.keys(all).length <= 500, "too many at once"),
  /** The group whose inside they look at; absent or null: the film itself. */
  level: Id.nullable().optional(),
});
export type Presence = z.infer<typeof Presence>;
export const NOWHERE: Presence = { cursor: null, selection: [], dragging: {} };

/** Milliseconds between two words of one person's presence. */
export const PRESENCE_MS = 50;

/** One open canvas; a person with two windows is there twice. */
export const Peer = z.strictObject({
  id: Id,
  user_id: z.string().max(64),
  name: z.string().max(200),
  /** Of their colour, degrees; two people on one canvas have different ones while there are enough. */
  hue: z.int().min(0).max(359),
  presence: Presence,
});
export type Peer = z.infer<typeof Peer>;

/** What the client says besides frames. */
export const ClientWord = z.strictObject({ type: z.literal("presence"), presence: Presence });

/** What the studio says besides frames. */
export const StudioWord = z.discriminatedUnion("type", [
  /** First of all: who one is here, and who else is. */
  z.strictObject({ type: z.literal("welcome"), you: Peer, peers: z.array(Peer), can_edit: z.boolean() }),
  z.strictObject({ type: z.literal("peer"), peer: Peer }),
  z.strictObject({ type: z.literal("gone"), id: Id }),
  z.strictObject({ type: z.literal("taken"), number: z.int(), version: z.int() }),
  z.strictObject({ type: z.literal("refused"), number: z.int(), message: z.string() }),
]);
export type StudioWord = z.infer<typeof StudioWord>;

/** Hues that can be told apart. */
const HUES = 12;

/** A person's hue beside others: theirs in each of their windows, by preference always the same, and nobody else's. */
export function hueFor(userId: string, others: readonly Peer[]): number {
  const own = others.find((other) => other.user_id === userId);
  if (own) return own.hue;
  let preferred = 0;
  for (const letter of userId) preferred = (preferred * 31 + letter.codePointAt(0)!) % 65_521;
  const taken = new Set(others.map((other) => other.hue));
  for (let n = 0; n < HUES; n++) {
    // Five steps on each time: neighbours on the circle look alike.
    const hue = (preferred + n * 5) % HUES * (360 / HUES);
    if (!taken.has(hue)) return hue;
  }
  return preferred % HUES * (360 / HUES);
}

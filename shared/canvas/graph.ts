import { z } from "zod";
import { Id } from "../ids.ts";
import { ShotName } from "../takes/name.ts";
import { Oid } from "../lfs/pointer.ts";
import { Trust } from "../jobs/trust.ts";
import { RunnerId } from "../runners/id.ts";

/**
 * The canvas as data: what `project.json` holds, the HTTP door reads and writes, and the canvas draws.
 * Durations and trims are whole frames at the project's rate; coordinates are whole canvas pixels.
 */

const NodeId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 of letters, digits, _ and -");
/** Characters of a prompt or a note: more than any model reads, so that nobody has to count. */
export const TEXT_LIMIT = 32_000;
const Text = z.string().max(TEXT_LIMIT);
/** Seeds stay below 2^53: ComfyUI takes 64 bits, JSON numbers don't. */
export const Seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
/** A runner's own inputs, by name; checked against its manifest when a job is made. */
const Params = z.record(z.string().max(64), z.union([z.string().max(8000), z.number(), z.boolean()]));

export const FileRef = z.object({
  /** Path in the repository, e.g. 01_Assets/Images/keeper.png */
  path: z.string().min(1).max(300),
  oid: Oid,
  size: z.int().min(1),
});
export type FileRef = z.infer<typeof FileRef>;
/** Sound and clips of the project that a runner's own inputs take, by input name; pictures come by wire. */
const Files = z.record(z.string().max(64), FileRef);

/** The version of a library item that a node was made from, and which of its nodes it was there. */
export const LibraryUse = z.strictObject({ item: Id, version: z.int().min(1), part: NodeId });
export type LibraryUse = z.infer<typeof LibraryUse>;

const base = {
  id: NodeId,
  title: z.string().min(1).max(120),
  position: z.object({ x: z.int(), y: z.int() }),
  size: z.object({ width: z.int().min(40), height: z.int().min(24) }).optional(),
  /** The group that this node lies in. */
  parent: NodeId.optional(),
  library: LibraryUse.optional(),
};

/**
 * Left out of the film for now, with its wires where they are. Bypassed: what is wired into it goes on to what it feeds. Muted: it feeds
 * nothing. What that means for takes and films says `left_out.ts`.
 */
const off = { off: z.enum(["bypassed", "muted"]).optional() };

const generating = {
  ...off,
  shot: ShotName,
  prompt: Text.default(""),
  negative_prompt: Text.default(""),
  seed: Seed.default(0),
  /** Unlocked: each take gets a new seed. */
  seed_locked: z.boolean().default(false),
  runner: RunnerId.optional(),
  params: Params.default({}),
  files: Files.optional(),
  /** How well a machine must be known to make it, when that is stricter than the project. */
  sensitivity: Trust.optional(),
};
const picture = {
  ...generating,
  width: z.int().min(64).max(8192).optional(),
  height: z.int().min(64).max(8192).optional(),
};

/** Three digits of a cut list. */
const TransitionFrames = z.int().min(1).max(999);
export const Transition = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dissolve"), frames: TransitionFrames }),
  /** SMPTE 258M by its number: which ones are drawn says the EDL room (`WIPES`). */
  z.strictObject({ kind: z.literal("wipe"), pattern: z.int().min(1).max(999), frames: TransitionFrames }),
]);
export type Transition = z.infer<typeof Transition>;

/**
 * Fields of nodes inside that the group offers as its own, by `<node>.<field>`: under what name (absent: the field's own), and where in
 * the order.
 */
const Promotions = z.record(
  z.string().regex(/^[A-Za-z0-9_-]{1,64}\.([a-z_]{1,32}|params\..{1,64})$/, "must be <node>.<field>"),
  z.strictObject({ label: z.string().min(1).max(120).optional(), rank: z.int().min(0).max(1_000_000) }),
).refine((all) => Object.keys(all).length <= 200, "a group offers at most 200 fields");

/** Frames, of black or of sound. */
const Frames = z.int().min(1).max(10_000_000);
/** Decibels; absent is 0, as recorded. */
const Level = z.number().min(-96).max(24);

/** A file of `01_Assets/Audio` on a track of the film. Past its end it is silent. */
export const AudioClip = z.strictObject({
  id: NodeId,
  file: FileRef,
  /** Frame of the film at which it begins, 0 the first. */
  at: z.int().min(0).max(10_000_000),
  /** Frames of the file left out at its beginning, at the project's rate. */
  from: z.int().min(0).max(10_000_000),
  frames: Frames,
  level: Level.optional(),
  fade_in: Frames.optional(),
  fade_out: Frames.optional(),
});
export type AudioClip = z.infer<typeof AudioClip>;

/** Sound beside the takes' own, one clip at a time. */
export const AudioTrack = z.strictObject({
  name: z.string().min(1).max(60),
  level: Level.optional(),
  muted: z.boolean().optional(),
  clips: z.array(AudioClip).max(300),
});
export type AudioTrack = z.infer<typeof AudioTrack>;
/** A cut list has four channels of sound; the takes' own is the first. */
export const MOST_TRACKS = 3;
const TakeSound = z.strictObject({ level: Level.optional(), muted: z.boolean().optional() });

export const NODE_SCHEMAS = {
  asset: z.strictObject({
    ...base,
    ...off,
    type: z.literal("asset"),
    kind: z.enum(["character", "style", "location"]).default("character"),
    description: Text.default(""),
    images: z.array(FileRef).max(32).default([]),
  }),
  generate_image: z.strictObject({ ...base, ...picture, type: z.literal("generate_image") }),
  edit_image: z.strictObject({
    ...base,
    ...picture,
    type: z.literal("edit_image"),
    mask: FileRef.optional(),
  }),
  kontext: z.strictObject({ ...base, ...picture, type: z.literal("kontext") }),
  pipeline: z.strictObject({
    ...base,
    ...off,
    type: z.literal("pipeline"),
    runner: RunnerId.optional(),
    params: Params.default({}),
    files: Files.optional(),
  }),
  shot: z.strictObject({
    ...base,
    ...generating,
    type: z.literal("shot"),
    /** Frames to generate. */
    duration: z.int().min(1).max(100_000).default(96),
    /** First frame used. */
    trim_in: z.int().min(0).default(0),
    /** First frame not used; absent: to the end. */
    trim_out: z.int().min(1).optional(),
    /** Into the next shot of the film, from this one's trim on: its take needs so many frames more. Absent: a cut. */
    transition: Transition.optional(),
    /** Percent of normal: 200 is twice as fast, -100 backwards, 0 holds the first frame used. Absent: 100. */
    speed: z.number().min(-10_000).max(10_000).refine(
      (percent) => percent === 0 || Math.abs(percent) >= 1,
      "must be 0 or at least 1 percent",
    ).optional(),
    /** Frames of black after it; `transition` then leads into the black. */
    gap: Frames.optional(),
    /** Out of the black before it: after a gap, or at the head of a film without `fade_in`. */
    from_black: Transition.optional(),
    /** Its own sound. */
    sound: TakeSound.optional(),
    /** For the editor: goes into the lists. */
    note: z.string().max(2000).optional(),
  }),
  assembler: z.strictObject({
    ...base,
    type: z.literal("assembler"),
    /** Frames over which the film comes out of black, and goes into it. */
    fade_in: TransitionFrames.optional(),
    fade_out: TransitionFrames.optional(),
    /** Frames of black before the first shot. */
    lead: Frames.optional(),
    /** The takes' own sound, all of it. */
    sound: TakeSound.optional(),
    /** Music, dialogue, effects: channels 2 to 4 of a list. */
    tracks: z.array(AudioTrack).max(MOST_TRACKS).optional(),
  }),
  group: z.strictObject({
    ...base,
    type: z.literal("group"),
    /** Folded into one card; open it is a frame around what lies in it. */
    collapsed: z.boolean().default(false),
    promoted: Promotions.optional(),
  }),
  note: z.strictObject({ ...base, type: z.literal("note"), text: Text.default("") }),
} as const;

export const CanvasNode = z.discriminatedUnion("type", [
  NODE_SCHEMAS.asset,
  NODE_SCHEMAS.generate_image,
  NODE_SCHEMAS.edit_image,
  NODE_SCHEMAS.kontext,
  NODE_SCHEMAS.pipeline,
  NODE_SCHEMAS.shot,
  NODE_SCHEMAS.assembler,
  NODE_SCHEMAS.group,
  NODE_SCHEMAS.note,
]);
export type CanvasNode = z.infer<typeof CanvasNode>;
export type NodeType = CanvasNode["type"];
export type NodeOf<T extends NodeType> = Extract<CanvasNode, { type: T }>;

export const Edge = z.strictObject({
  id: NodeId,
  source: NodeId,
  source_port: z.string().max(32),
  target: NodeId,
  target_port: z.string().max(32),
});
export type Edge = z.infer<typeof Edge>;

export const Graph = z.strictObject({
  nodes: z.array(CanvasNode).max(5000).default([]),
  edges: z.array(Edge).max(20_000).default([]),
});
export type Graph = z.infer<typeof Graph>;

export const EMPTY_GRAPH: Graph = { nodes: [], edges: [] };

/** The nodes that make takes. */
export const GENERATING: readonly NodeType[] = ["generate_image", "edit_image", "kontext", "shot"];
export type GeneratingNode = NodeOf<"generate_image" | "edit_image" | "kontext" | "shot">;
export function isGenerating(node: CanvasNode): node is GeneratingNode {
  return (GENERATING as readonly string[]).includes(node.type);
}

import { z } from "zod";

/** What of an OpenTimelineIO file is read. Unknown fields are other people's and are passed over. */
export const Time = z.object({ value: z.number(), rate: z.number().positive() });
export const TimeRange = z.object({ start_time: Time, duration: Time });
const Metadata = z.record(z.string(), z.unknown()).nullish().transform((it) => it ?? {});

/** Our own words in a piece of the timeline, under `metadata.studio`. */
export const StudioWords = z.object({
  reel: z.string().max(200).optional(),
  channels: z.string().max(20).optional(),
  drop: z.boolean().optional(),
  /** Remarks for programs: SHOT, LFS OID. Those for people are markers. */
  facts: z.array(z.string()).optional(),
  comments: z.array(z.string()).optional(),
  /** A speed change: frames of source under the frames shown. */
  source_frames: z.int().optional(),
  speed: z.number().optional(),
  wipe: z.int().optional(),
  /** A gap that the list writes as an event. */
  black: z.boolean().optional(),
});
export type StudioWords = z.infer<typeof StudioWords>;

const Marker = z.object({ name: z.string().nullish(), comment: z.string().nullish() });
const Effect = z.object({ OTIO_SCHEMA: z.string(), time_scalar: z.number().nullish() });
const Reference = z.object({
  OTIO_SCHEMA: z.string(),
  name: z.string().nullish(),
  target_url: z.string().nullish(),
  available_range: TimeRange.nullish(),
}).nullish();

export const OtioItem = z.object({
  OTIO_SCHEMA: z.string(),
  name: z.string().nullish().transform((it) => it ?? ""),
  source_range: TimeRange.nullish(),
  enabled: z.boolean().nullish(),
  metadata: Metadata,
  markers: z.array(Marker).nullish().transform((it) => it ?? []),
  effects: z.array(Effect).nullish().transform((it) => it ?? []),
  media_reference: Reference,
  media_references: z.record(z.string(), Reference).nullish(),
  active_media_reference_key: z.string().nullish(),
  in_offset: Time.nullish(),
  out_offset: Time.nullish(),
  transition_type: z.string().nullish(),
});
export type OtioItem = z.infer<typeof OtioItem>;

export const OtioTrack = z.object({
  OTIO_SCHEMA: z.string(),
  name: z.string().nullish().transform((it) => it ?? ""),
  kind: z.string().nullish().transform((it) => it ?? "Video"),
  enabled: z.boolean().nullish(),
  metadata: Metadata,
  children: z.array(OtioItem).max(20_000),
});
export type OtioTrack = z.infer<typeof OtioTrack>;

export const OtioTimeline = z.object({
  OTIO_SCHEMA: z.string().regex(/^Timeline\.\d+$/),
  name: z.string().nullish().transform((it) => it ?? ""),
  global_start_time: Time.nullish(),
  metadata: Metadata,
  tracks: z.object({ children: z.array(OtioTrack).max(200) }),
});

/** What is wrong with a timeline: where in it, what was expected and what was found. */
export class OtioError extends Error {
  override name = "OtioError";
}

/** Where an event was read from, for people: `item 3 of track "V1"`. */
export type Places = ReadonlyMap<object, string>;

export function wordsOf(metadata: Record<string, unknown>): StudioWords {
  const words = StudioWords.safeParse(metadata.studio ?? {});
  return words.success ? words.data : {};
}

import { BLACK, type EdlEvent, hasPicture, ownClip, type Range, type Timeline } from "../edl/mod.ts";
import { nominalRate } from "../time/rate.ts";
import { OtioError, type StudioWords } from "./model.ts";

/** The file behind a reel. */
export interface Media {
  /** Name of the take. */
  name: string;
  /** Path in the project's repository. */
  path: string;
  /** Of a take. */
  take_id?: string;
  oid: string;
  /** Its own timecode, frames; null for a still, which has no end. */
  available: Range | null;
  /** Absent: a clip or a still, as `available` says. */
  kind?: "audio";
}

/** Remarks that programs read; the others are notes for people and become markers. */
const FACT = /^(?:(?:SHOT|LFS OID|FILE|AUDIO FADE (?:IN|OUT)):|AUDIO LEVEL AT|AUDIO MUTE$)/;

/**
 * A timeline as OpenTimelineIO JSON: a picture track of clips, gaps and transitions, a track per group of sound channels.
 * Times count at the timeline's rate and out of an event is where its transition begins. `media` by reel. Throws
 * {@link OtioError} for what overlaps or keys.
 */
export function writeOtio(timeline: Timeline, media: ReadonlyMap<string, Media>): string {
  const groups = new Map<string, EdlEvent[]>();
  for (const event of timeline.events) {
    const track = hasPicture(event) ? "V" : event.channels;
    groups.set(track, [...(groups.get(track) ?? []), event]);
  }
  const start = Math.min(...timeline.events.map((event) => event.record.in));
  const drop = timeline.drop ? { drop: true } : {};
  const comments = timeline.comments.length ? { comments: timeline.comments } : {};
  return JSON.stringify(
    {
      OTIO_SCHEMA: "Timeline.1",
      metadata: { studio: { ...drop, ...comments } },
      name: timeline.title,
      global_start_time: time(start, timeline),
      tracks: {
        ...composed("Stack.1", "tracks", {}),
        children: [...groups].map(([name, events]) => ({
          ...composed("Track.1", name, name === "V" ? {} : { channels: name }),
          kind: name === "V" ? "Video" : "Audio",
          children: childrenOf(events, start, timeline, media),
        })),
      },
    },
    null,
    2,
  ) + "\n";
}

function childrenOf(
  events: readonly EdlEvent[],
  start: number,
  timeline: Timeline,
  media: ReadonlyMap<string, Media>,
): unknown[] {
  // The first line of a transition is no frames long: its picture is the item before.
  const shown = events.filter((event) => event.record.out > event.record.in)
    .toSorted((a, b) => a.record.in - b.record.in);
  const children: unknown[] = [];
  let at = start;
  for (const event of shown) {
    const { record } = event;
    if (record.in < at) {
      throw new OtioError(
        `Event ${event.number} begins ${
          at - record.in
        } frames before the one before it ends; a track holds one at a time.`,
      );
    }
    if (record.in > at) children.push(gap(record.in - at, timeline, {}));
    const mixed = transition(event, timeline);
    if (mixed) children.push(mixed);
    children.push(
      event.reel === BLACK
        ? gap(record.out - record.in, timeline, { black: true })
        : clip(event, timeline, media),
    );
    at = record.out;
  }
  return children;
}

function clip(event: EdlEvent, timeline: Timeline, media: ReadonlyMap<string, Media>): unknown {
  const { source, record, speed } = event;
  const file = media.get(event.reel);
  const facts = event.comments.filter((text) => FACT.test(text));
  const notes = event.comments.filter((text) => !FACT.test(text));
  const words: StudioWords & { take_id?: string; lfs_oid?: string } = {
    reel: event.reel,
    channels: event.channels,
    ...(facts.length ? { facts } : {}),
    ...(speed === undefined ? {} : { speed, source_frames: source.out - source.in }),
    ...(file?.take_id ? { take_id: file.take_id } : {}),
    ...(file ? { lfs_oid: `sha256:${file.oid}` } : {}),
  };
  const named = ownClip(event);
  return {
    ...composed("Clip.2", named ?? "", words),
    // Where its own writer of lists looks.
    metadata: { studio: words, cmx_3600: { reel: event.reel, comments: event.comments } },
    source_range: range(source.in, record.out - record.in, timeline),
    effects: speed === undefined ? [] : [{
      ...described(speed === 0 ? "FreezeFrame.1" : "LinearTimeWarp.1", "", {}),
      effect_name: speed === 0 ? "FreezeFrame" : "LinearTimeWarp",
      time_scalar: speed / nominalRate(timeline.rate),
    }],
    markers: notes.map((note) => ({
      ...described("Marker.2", note, {}),
      color: "RED",
      comment: "",
      marked_range: range(source.in, 0, timeline),
    })),
    media_references: { DEFAULT_MEDIA: reference(file, named, timeline) },
    active_media_reference_key: "DEFAULT_MEDIA",
  };
}

function reference(file: Media | undefined, named: string | undefined, timeline: Timeline): unknown {
  if (!file) {
    return {
      ...described("MissingReference.1", named ?? "", {}),
      ...{ available_range: null, available_image_bounds: null },
    };
  }
  const { available } = file;
  return {
    ...described("ExternalReference.1", file.name, {
      ...(file.take_id ? { take_id: file.take_id } : {}),
      lfs_oid: `sha256:${file.oid}`,
    }),
    available_range: available ? range(available.in, available.out - available.in, timeline) : null,
    available_image_bounds: null,
    target_url: encodeURI(file.path),
  };
}

function transition({ transition, number }: EdlEvent, timeline: Timeline): unknown {
  if (transition.kind === "cut" || (transition.frames === 0 && transition.kind !== "key")) return null;
  if (transition.kind === "key") {
    throw new OtioError(`Event ${number} is a key, which OpenTimelineIO cannot say; make it a cut.`);
  }
  const wipe = transition.kind === "wipe" ? { wipe: transition.pattern } : {};
  return {
    ...described("Transition.1", transition.kind, wipe),
    transition_type: transition.kind === "dissolve" ? "SMPTE_Dissolve" : "Custom_Transition",
    in_offset: time(0, timeline),
    out_offset: time(transition.frames, timeline),
  };
}

function gap(frames: number, timeline: Timeline, words: StudioWords): unknown {
  return { ...composed("Gap.1", "", words), source_range: range(0, frames, timeline) };
}

function composed(schema: string, name: string, words: object) {
  return { ...described(schema, name, words), source_range: null, effects: [], markers: [], enabled: true };
}

function described(schema: string, name: string, words: object) {
  return { OTIO_SCHEMA: schema, metadata: Object.keys(words).length ? { studio: words } : {}, name };
}

function range(start: number, frames: number, timeline: Timeline) {
  return {
    OTIO_SCHEMA: "TimeRange.1",
    start_time: time(start, timeline),
    duration: time(frames, timeline),
  };
}

function time(value: number, { rate }: Timeline) {
  return { OTIO_SCHEMA: "RationalTime.1", rate: rate.num / rate.den, value };
}

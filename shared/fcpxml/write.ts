import {
  BLACK,
  type EdlEvent,
  framesPerSecond,
  hasPicture,
  hasSound,
  noteOf,
  ownClip,
  SILENCE,
  soundOf,
  type Timeline,
} from "../edl/mod.ts";
import type { Media } from "../otio/write.ts";
import { nominalRate } from "../time/rate.ts";
import { aspectOf } from "../time/aspect.ts";
import { layItems, type SpineItem } from "./spine.ts";
import { fractionText, timeText } from "./time.ts";
import { element, textElement } from "./xml.ts";

/** Picture of the sequence, pixels. */
export interface Shape {
  width: number;
  height: number;
  pixel_aspect: string;
}

/** Final Cut's own, by which it finds them. */
const CROSS_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265";

/**
 * A timeline as FCPXML 1.10. Transitions lie over the cut (half of one before it), as Final Cut has them; sound that is not
 * the picture's is connected on lanes below. `media` by reel; files are named from `06_Exports`. Throws {@link FcpxmlError}
 * for what overlaps or keys.
 */
export function writeFcpxml(timeline: Timeline, media: ReadonlyMap<string, Media>, shape: Shape): string {
  const writing = new Writing(timeline, media, shape);
  const items = layItems(timeline);
  const range = { in: items[0]?.in ?? 0, out: items.at(-1)?.out ?? 0 };
  const spine = element("spine", {}, writing.spine(items));
  const head = {
    ...{ format: "r1", duration: timeText(range.out - range.in, timeline.rate) },
    ...{ tcStart: timeText(range.in, timeline.rate), tcFormat: writing.counting },
    ...{ audioLayout: "stereo", audioRate: "48k" },
  };
  const remarks = timeline.comments.length ? [textElement("note", timeline.comments.join("\n"))] : [];
  const sequence = element("sequence", head, [...remarks, spine]);
  const name = timeline.title || "Film";
  const event = element("event", { name }, [element("project", { name }, [sequence])]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<!DOCTYPE fcpxml>",
    element("fcpxml", { version: "1.10" }, [
      element("resources", {}, writing.resources),
      element("library", {}, [event]),
    ]),
    "",
  ].join("\n");
}

class Writing {
  readonly resources: string[] = [];
  readonly counting: string;
  #assets = new Map<string, string>();
  #dissolve: string | null = null;
  #sounds: EdlEvent[];
  /** Some event has sound of its own: the others' pictures are silent. */
  #explicit: boolean;
  /** Frames at which gaps begin in their own time, by Final Cut's custom. */
  #hour: number;

  constructor(
    readonly timeline: Timeline,
    readonly media: ReadonlyMap<string, Media>,
    shape: Shape,
  ) {
    const { rate, drop, events } = timeline;
    this.counting = drop ? "DF" : "NDF";
    this.#hour = nominalRate(rate) * 3600;
    this.#explicit = events.some(hasSound);
    this.#sounds = events.filter((it) => hasSound(it) && !hasPicture(it) && it.record.out > it.record.in);
    const [wide, high] = aspectOf(shape.pixel_aspect);
    const pixels = wide === high ? {} : { paspH: String(wide), paspV: String(high) };
    this.resources.push(element("format", {
      ...{ id: "r1", frameDuration: timeText(1, rate) },
      ...{ width: String(shape.width), height: String(shape.height), ...pixels },
    }));
  }

  spine(items: readonly SpineItem[]): string[] {
    return items.flatMap((item, index) => [
      ...(item.mix ? [this.#transition(item)] : []),
      ...(item.trailing ? [] : [
        item.event && item.event.reel !== BLACK
          ? this.#clip(item, item.event, this.#anchored(items, index))
          : this.#gap(item, this.#anchored(items, index)),
      ]),
    ]);
  }

  /** Sound that begins over an item; what begins after the film hangs on its last one. */
  #anchored(items: readonly SpineItem[], index: number): string[] {
    const item = items[index]!;
    const last = items.slice(index + 1).every((each) => each.trailing);
    const start = item.event && item.event.reel !== BLACK ? startOf(item, item.event) : null;
    return this.#sounds.filter((it) => it.record.in >= item.in && (last || it.record.in < item.out))
      .concat(index === 0 ? this.#sounds.filter((it) => it.record.in < item.in) : [])
      .map((event) => {
        const apart = event.record.in - item.in;
        const { rate } = this.timeline;
        const offset = timeText((start ?? this.#hour) + apart, rate);
        return this.#sound(event, offset);
      });
  }

  #sound(event: EdlEvent, offset: string): string {
    const { rate } = this.timeline;
    const lane = `-${/^A([2-9])$/.exec(event.channels)?.[1] ?? 1}`;
    const retime = this.#timeMap(event, 0);
    const attributes = {
      ...{ ref: this.#asset(event), lane, offset, name: ownClip(event) ?? event.reel },
      ...{ start: timeText(event.source.in, rate) },
      ...{ duration: timeText(event.record.out - event.record.in, rate) },
      ...{ srcEnable: "audio", audioRole: lane === "-3" ? "dialogue" : "music" },
    };
    return element("asset-clip", attributes, [...retime, ...this.#volume(event), ...this.#words(event)]);
  }

  #clip(item: SpineItem, event: EdlEvent, anchored: string[]): string {
    const { rate } = this.timeline;
    const file = this.media.get(event.reel);
    const start = timeText(startOf(item, event), rate);
    const place = {
      ...{ offset: timeText(item.in, rate), name: ownClip(event) ?? event.reel },
      ...{ start, duration: timeText(item.out - item.in, rate), tcFormat: this.counting },
    };
    const note = noteOf(event);
    const notes = note === "" ? [] : [textElement("note", note)];
    if (file && file.available === null && file.kind !== "audio") {
      const inner = { ref: this.#asset(event), offset: start, start, duration: place.duration };
      return element("clip", place, [
        ...[...notes, element("video", inner), ...anchored],
        ...this.#words(event),
      ]);
    }
    const silent = soundOf(event).muted || (this.#explicit && !hasSound(event));
    return element(
      "asset-clip",
      {
        ref: this.#asset(event),
        ...place,
        ...(silent ? { srcEnable: "video" } : {}),
        ...{ format: "r1", audioRole: "dialogue" },
      },
      [
        ...notes,
        ...this.#timeMap(event, item.out - event.record.out),
        ...this.#volume(event),
        ...anchored,
        ...this.#words(event),
      ],
    );
  }

  #gap(item: SpineItem, anchored: string[]): string {
    const { rate } = this.timeline;
    const black = item.event ? [element("metadata", {}, [word("black", "1")])] : [];
    return element("gap", {
      ...{ name: "Gap", offset: timeText(item.in, rate), start: timeText(this.#hour, rate) },
      duration: timeText(item.out - item.in, rate),
    }, [...anchored, ...black]);
  }

  #transition({ mix, event }: SpineItem): string {
    const { rate } = this.timeline;
    const { transition } = event!;
    if (!this.#dissolve) {
      this.#dissolve = `r${this.resources.length + 1}`;
      this.resources.push(
        element("effect", { id: this.#dissolve, name: "Cross Dissolve", uid: CROSS_DISSOLVE }),
      );
    }
    const pattern = transition.kind === "wipe" ? String(transition.pattern) : null;
    return element("transition", {
      name: pattern ? `SMPTE Wipe ${pattern.padStart(3, "0")}` : "Cross Dissolve",
      ...{ offset: timeText(mix!.in, rate), duration: timeText(mix!.out - mix!.in, rate) },
    }, [
      element("filter-video", { ref: this.#dissolve, name: "Cross Dissolve" }),
      ...(pattern ? [element("metadata", {}, [word("wipe", pattern)])] : []),
    ]);
  }

  /** A straight line from the event's own beginning to where it is last seen. */
  #timeMap(event: EdlEvent, beyond: number): string[] {
    const { rate } = this.timeline;
    const { speed } = event;
    if (speed === undefined) return [];
    const length = event.record.out - event.record.in;
    const used = event.source.out - event.source.in;
    const from = speed < 0 ? event.source.out : event.source.in;
    const moved = speed === 0 ? 0 : speed < 0 ? -used : used;
    const value = {
      num: (BigInt(from) * BigInt(length) + BigInt(moved) * BigInt(length + beyond)) * BigInt(rate.den),
      den: BigInt(length) * BigInt(rate.num),
    };
    const point = (time: number, said: string) =>
      element("timept", { time: timeText(time, rate), value: said, interp: "linear" });
    return [element("timeMap", {}, [
      point(event.source.in, timeText(from, rate)),
      point(event.source.in + length + beyond, fractionText(value)),
    ])];
  }

  #volume(event: EdlEvent): string[] {
    const { level, fade_in, fade_out } = soundOf(event);
    if (!level && !fade_in && !fade_out) return [];
    const fade = (name: string, frames: number) =>
      frames ? [element(name, { type: "linear", duration: timeText(frames, this.timeline.rate) })] : [];
    const fades = [...fade("fadeIn", fade_in), ...fade("fadeOut", fade_out)];
    return [element(
      "adjust-volume",
      { amount: level <= SILENCE ? "-96dB" : `${level}dB` },
      fades.length ? [element("param", { name: "amount" }, fades)] : [],
    )];
  }

  /** What has no place of its own: kept as metadata, which Final Cut keeps too. */
  #words(event: EdlEvent): string[] {
    const remarks = event.comments.filter((text) => !/^(?:NOTE:|AUDIO (?:LEVEL|MUTE|FADE))/i.test(text));
    const length = event.record.out - event.record.in;
    const used = event.source.out - event.source.in;
    const { speed } = event;
    const named = speed === undefined ||
      framesPerSecond((used * 100) / length, this.timeline.rate) === Math.abs(speed);
    return [element("metadata", {}, [
      element("md", { key: "com.apple.proapps.studio.reel", value: event.reel }),
      word("channels", event.channels),
      ...(remarks.length ? [word("remarks", JSON.stringify(remarks))] : []),
      ...(named ? [] : [word("speed", String(speed))]),
      ...(soundOf(event).muted ? [word("muted", "1")] : []),
    ])];
  }

  #asset(event: EdlEvent): string {
    const known = this.#assets.get(event.reel);
    if (known) return known;
    const { rate } = this.timeline;
    const file = this.media.get(event.reel);
    const name = file?.name ?? ownClip(event) ?? event.reel;
    const sound = file?.kind === "audio" || (!file && !hasPicture(event));
    const own = this.timeline.events.filter((it) => it.reel === event.reel);
    const seen = {
      in: Math.min(...own.map((it) => it.source.in)),
      out: Math.max(...own.map((it) => it.source.out)),
    };
    const range = sound || file?.available === undefined ? seen : file.available;
    const id = `r${this.resources.length + 1}`;
    const still = range === null;
    const heard = still ? {} : { hasAudio: "1", audioSources: "1", audioChannels: "2", audioRate: "48000" };
    this.resources.push(element("asset", {
      ...{ id, name, start: still ? "0s" : timeText(sound ? 0 : range.in, rate) },
      duration: still ? "0s" : timeText(sound ? range.out : range.out - range.in, rate),
      ...(sound ? {} : { hasVideo: "1", format: "r1" }),
      ...heard,
    }, [element("media-rep", {
      kind: "original-media",
      src: file
        ? encodeURI(`../${file.path}`).replace(/[?#]/g, encodeURIComponent)
        : `./${encodeURIComponent(name)}`,
    })]));
    this.#assets.set(event.reel, id);
    return id;
  }
}

/** Where an item begins in its clip's own time: the take's timecode, and frames of the film from there on. */
function startOf(item: SpineItem, event: EdlEvent): number {
  return event.source.in + item.in - event.record.in;
}

function word(key: string, value: string): string {
  return element("md", { key: `studio.${key}`, value });
}

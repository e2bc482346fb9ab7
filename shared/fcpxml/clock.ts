import type { Rate } from "../time/rate.ts";
import { type Fraction, isWhole, parseTime, rounded, sameCount, times } from "./time.ts";
import { FcpxmlError, type XmlElement } from "./xml.ts";

/** Half a year of frames: what lies beyond is no time of a film. */
const MOST_FRAMES = 1_000_000_000;

/** Brings the times of a file to whole frames of the project, and knows its resources. */
export class Clock {
  /** Of the sequence. */
  readonly own: Rate;
  readonly rate: Rate;
  readonly resources: ReadonlyMap<string, XmlElement>;
  #between = 0;
  #same: boolean;

  constructor(root: XmlElement, sequence: XmlElement, rate: Rate) {
    this.rate = rate;
    const resources = root.children.filter((it) => it.name === "resources").flatMap((it) => it.children);
    this.resources = new Map(resources.flatMap((it) => it.attributes.id ? [[it.attributes.id, it]] : []));
    this.own = this.#rateOf(sequence) ?? rate;
    this.#same = sameCount(this.own, rate);
  }

  #rateOf(sequence: XmlElement): Rate | null {
    const format = this.resources.get(sequence.attributes.format ?? "");
    const text = format?.attributes.frameDuration;
    if (!format || text === undefined) return null;
    const { num, den } = parseTime(text, "frameDuration", format.line);
    if (num <= 0n || num > 1_000_000_000n || den > 1_000_000_000n) {
      throw new FcpxmlError(`a frame's duration above 0 was expected, found "${text}".`, format.line);
    }
    return { num: Number(den), den: Number(num) };
  }

  /** Frames of a time: 24 counts as 23.976, as timecode does; other rates go by the clock. */
  frames(time: Fraction, line: number): number {
    const count = rounded(this.#exact(time));
    if (Math.abs(count) <= MOST_FRAMES) return count;
    throw new FcpxmlError(`a time within ${MOST_FRAMES} frames was expected, found ${count}.`, line);
  }

  attribute(element: XmlElement, name: string): number | undefined {
    const text = element.attributes[name];
    if (text === undefined) return undefined;
    const time = parseTime(text, name, element.line);
    if (!isWhole(this.#exact(time))) this.#between++;
    return this.frames(time, element.line);
  }

  #exact(time: Fraction): Fraction {
    const rate = this.#same ? this.own : this.rate;
    return times(time, { num: BigInt(rate.num), den: BigInt(rate.den) });
  }

  /** Seconds of so many frames of the sequence. */
  seconds(frames: number): Fraction {
    const rate = this.#same ? this.own : this.rate;
    return { num: BigInt(frames) * BigInt(rate.den), den: BigInt(rate.num) };
  }

  remarks(): string[] {
    const { own, rate } = this;
    return [
      ...(this.#same ? [] : [
        `The sequence runs at ${own.num}/${own.den} frames a second and was brought to ${rate.num}/${rate.den} by the clock.`,
      ]),
      ...(this.#between && this.#same
        ? [`${this.#between} times lay between two frames; the nearest was taken.`]
        : []),
    ];
  }
}

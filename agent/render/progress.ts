import type { Progress } from "../../shared/jobs/job.ts";

/** What a render has to do, in frames of full picture; the rest is counted as so many of them. */
export interface Work {
  /** Frames that are encoded, and all of the film. */
  encoded: number;
  frames: number;
  /** Frames of the preview, by how much smaller it is. */
  preview: number;
}

/** A frame that is joined, and one whose sound is laid, by one that is encoded. */
const JOINED = 0.01;
const SOUND = 0.02;

/** Adds up what the parts of a render have done, in frames that are really there, and says how long the rest takes. */
export class Meter {
  readonly #total: number;
  readonly #done = { encoded: 0, sound: 0, joined: 0, preview: 0 };
  readonly #began = performance.now();
  #last = 0;
  #stage = "Starting";

  constructor(work: Work, private readonly tell: (progress: Progress) => void) {
    this.#total = work.encoded + work.preview + work.frames * (JOINED + SOUND) + 1;
  }

  stage(stage: string): void {
    this.#stage = stage.slice(0, 200);
    this.#say();
  }
  /** Frames encoded so far. */
  encoded(frames: number, stage: string): void {
    this.#done.encoded = Math.max(this.#done.encoded, frames);
    this.stage(stage);
  }
  sound(frames: number): void {
    this.#done.sound = frames * SOUND;
    this.#say();
  }
  joined(frames: number): void {
    this.#done.joined = frames * JOINED;
    this.#say();
  }
  /** Share of the preview's work. */
  preview(frames: number): void {
    this.#done.preview = Math.max(this.#done.preview, frames);
    this.#say();
  }
  finished(): void {
    this.#last = 1;
    this.tell({ stage: this.#stage, progress: 1, seconds_left: 0 });
  }

  #say(): void {
    const { encoded, sound, joined, preview } = this.#done;
    const share = Math.min(0.999, (encoded + sound + joined + preview) / this.#total);
    this.#last = Math.max(this.#last, share);
    const seconds = (performance.now() - this.#began) / 1000;
    // Too little is done at first to tell a pace from.
    const left = this.#last > 0.03 && seconds > 1
      ? { seconds_left: Math.round((seconds * (1 - this.#last)) / this.#last * 10) / 10 }
      : {};
    this.tell({ stage: this.#stage, progress: this.#last, ...left });
  }
}

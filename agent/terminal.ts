import type { JobLine, Reporter } from "./lease/reporter.ts";

export interface TerminalOptions {
  write(text: string): void;
  /** Whether lines can be drawn over: false prints a plain line per event. */
  live: boolean;
  color: boolean;
  /** Columns of the terminal. */
  columns(): number;
  now?(): number;
}

/** Milliseconds between two drawings: fast enough to look alive, slow enough for a serial console. */
const FRAME_MS = 200;

/** A live line per job on a terminal; elsewhere one plain line when a job starts, at each tenth, and when it ends. */
export function createTerminal(options: TerminalOptions): Reporter & { close(): void } {
  const now = options.now ?? Date.now;
  const jobs = new Map<string, JobLine & { since: number; tenth: number }>();
  const troubles = new Map<string, string>();
  let drawn = 0;
  let lastDraw = -Infinity;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const dim = (text: string) => options.color ? `\x1b[2m${text}\x1b[22m` : text;
  const yellow = (text: string) => options.color ? `\x1b[33m${text}\x1b[39m` : text;

  function erase(): string {
    const up = drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : "";
    drawn = 0;
    return up;
  }
  function draw(): void {
    if (!options.live) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    lastDraw = now();
    const lines = [...jobs.values()].map((job) => liveLine(job, options.columns(), now() - job.since));
    options.write(erase() + lines.map((line) => line + "\n").join(""));
    drawn = lines.length;
  }
  function line(text: string): void {
    const stamp = new Date(now()).toTimeString().slice(0, 8);
    options.write(`${options.live ? erase() : ""}${dim(stamp)} ${text}\n`);
    draw();
  }

  return {
    say: (sentence) => line(printable(sentence)),
    idle(slot, reasons, sentence) {
      // Counts change with every poll of a busy studio; the reasons do not.
      if (troubles.get(`idle ${slot}`) === reasons) return;
      troubles.set(`idle ${slot}`, reasons);
      line(dim(printable(`${slot} waits: ${sentence}`)));
    },
    trouble(about, sentence) {
      if (troubles.get(about) === sentence) return;
      troubles.set(about, sentence);
      line(yellow(printable(sentence)));
    },
    settled: (about) => void troubles.delete(about),
    job(job) {
      const known = jobs.get(job.job);
      const tenth = Math.floor(job.progress.progress * 10);
      jobs.set(job.job, { ...job, since: known?.since ?? now(), tenth });
      if (!known) line(printable(`${job.slot} takes ${job.title} (${job.project})`));
      else if (!options.live && tenth > known.tenth) line(printable(plainLine(job)));
      else if (options.live && now() - lastDraw >= FRAME_MS) draw();
      else if (options.live) timer ??= setTimeout(draw, FRAME_MS);
    },
    ended(job, sentence) {
      jobs.delete(job);
      line(printable(sentence));
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

/** `gpu0  SHOT-010_v01_take02  ███████░░░░░  58 %  0:42 left  Sampling 18 of 30`, never wider than the terminal. */
export function liveLine(job: JobLine, columns: number, elapsedMs: number): string {
  const { progress, stage } = job.progress;
  const left = secondsLeft(job, elapsedMs);
  const figures = `${String(Math.floor(progress * 100)).padStart(3)} %${
    left === null ? "" : `  ${clock(left)} left`
  }`;
  const width = Math.max(6, Math.min(24, Math.floor(columns / 5)));
  const full = Math.round(progress * width);
  const bar = "█".repeat(full) + "░".repeat(width - full);
  const text = `${job.slot}  ${job.title}  ${bar}  ${figures}  ${stage}`;
  return [...printable(text)].slice(0, Math.max(10, columns - 1)).join("");
}

function plainLine(job: JobLine): string {
  const left = job.progress.seconds_left;
  const rest = left === undefined ? "" : `, ${clock(left)} left`;
  return `${job.slot} ${job.title}: ${
    Math.floor(job.progress.progress * 100)
  } %, ${job.progress.stage}${rest}`;
}

/** What the runner says; else from the share done so far, once there is enough of it to judge by. */
function secondsLeft(job: JobLine, elapsedMs: number): number | null {
  if (job.progress.seconds_left !== undefined) return job.progress.seconds_left;
  const { progress } = job.progress;
  return progress >= 0.1 && elapsedMs > 3_000 ? elapsedMs / 1000 * (1 - progress) / progress : null;
}

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Titles and sentences come from other people: nothing in them may move the cursor. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}

import { LOG_TAIL } from "../../shared/jobs/log.ts";
import { redactLog } from "../../shared/jobs/redact.ts";

/** ESC and what a terminal makes of it (ECMA-48 CSI). */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/** The last lines of one job, for whoever looks at it from afar. */
export interface JobLog {
  /** A line, or several. A line that differs from the last in its numbers alone takes its place: "Sampling 18 of 30". */
  add(text: string): void;
  /** As it may leave this machine: without the job's texts, and without what opens anything. */
  tail(): string;
  /** Counts up when something was added. */
  readonly version: number;
}

export function createJobLog(texts: Record<string, unknown>, now: () => Date = () => new Date()): JobLog {
  let lines: { at: string; text: string }[] = [];
  let size = 0;
  let version = 0;
  return {
    add(text) {
      for (const line of text.split("\n")) {
        const plain = line.replaceAll(COLOUR, "").replaceAll("\r", "").trimEnd().slice(
          0,
          1000,
        );
        if (plain.trim() === "") continue;
        const last = lines.at(-1);
        if (last?.text === plain) continue;
        version++;
        if (last && shapeOf(last.text) === shapeOf(plain)) {
          size += plain.length - last.text.length;
          Object.assign(last, { at: timeOf(now()), text: plain });
          continue;
        }
        lines.push({ at: timeOf(now()), text: plain });
        size += plain.length + 10;
      }
      // Twice as much as is sent: what is left out of it makes it shorter.
      while (size > 2 * LOG_TAIL && lines.length > 1) {
        size -= lines[0]!.text.length + 10;
        lines = lines.slice(1);
      }
    },
    tail: () => redactLog(lines.map(({ at, text }) => `${at} ${text}`).join("\n"), texts),
    get version() {
      return version;
    },
  };
}

function shapeOf(line: string): string {
  return line.replaceAll(/[\d.,:%█▉▊▋▌▍▎▏|<?]+|it\/s|s\/it/g, "#");
}

/** "12:03:11", UTC: who reads it sits elsewhere. */
function timeOf(date: Date): string {
  return date.toISOString().slice(11, 19);
}

/** What a line may carry beside its message. Secrets never: log the id of a token, not the token. */
export type Fields = Record<string, unknown>;

export type Level = "debug" | "info" | "warn" | "error";

/** The one way the gateway speaks to its operator. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** The same log with these fields on every line. */
  child(fields: Fields): Log;
}

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LogOptions {
  /** @default "info" Lines below it are dropped. */
  level?: Level;
  /** @default whether stdout is one. Readable lines for a terminal, JSON lines for everything else. */
  terminal?: boolean;
  /** @default stdout */
  write?: (line: string, level: Level) => void;
}

export function createLog(options: LogOptions = {}): Log {
  const least = RANK[options.level ?? "info"];
  const format = options.terminal ?? Deno.stdout.isTerminal() ? readable : json;
  const write = options.write ?? writeToStdout;
  const child = (bound: Fields): Log => {
    const at = (level: Level) => (message: string, fields: Fields = {}) => {
      if (RANK[level] >= least) write(mask(format(level, message, redact({ ...bound, ...fields }))), level);
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => child({ ...bound, ...fields }),
    };
  };
  return child({});
}

const encoder = new TextEncoder();
/** Milliseconds that lines which nobody waits for are gathered: one write each was a tenth of a busy gateway's time. */
const GATHER_MS = 20;
let gathered = "";
let timer: ReturnType<typeof setTimeout> | undefined;

function writeToStdout(line: string, level: Level): void {
  gathered += `${line}\n`;
  // What went wrong is written while it can be.
  if (RANK[level] >= RANK.warn) return flush();
  if (timer !== undefined) return;
  timer = setTimeout(flush, GATHER_MS);
  Deno.unrefTimer(timer as unknown as number);
}

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  const bytes = encoder.encode(gathered);
  gathered = "";
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // A closed pipe must not take the gateway down with it.
  }
}

// Whatever ends the program by itself: its last lines are written.
globalThis.addEventListener("unload", flush);

function json(level: Level, message: string, fields: Fields): string {
  return JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
}

const COLOUR: Record<Level, string> = {
  debug: "\x1b[2m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};

function readable(level: Level, message: string, fields: Fields): string {
  const { stack, ...rest } = fields;
  const pairs = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null).map(
    ([key, value]) => `\x1b[2m${key}=\x1b[0m${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  const time = new Date().toTimeString().slice(0, 8);
  const line = `\x1b[2m${time}\x1b[0m ${COLOUR[level]}${level.padEnd(5)}\x1b[0m ${message}  ${
    pairs.join(" ")
  }`
    .trimEnd();
  return stack ? `${line}\n${stack}` : line;
}

/** What bears its form of a secret, wherever it came from: a token in a path, a password in an address, a signed address in an error. */
function mask(line: string): string {
  return line.replace(/\bgms_([a-z]+)_[\w-]{20,}/g, "gms_$1_[hidden]")
    .replace(/\b(X-Amz-(?:Signature|Security-Token)=)[^&"\s]+/gi, "$1[hidden]")
    .replace(/(\w:\/\/[^\s:@/"]*):[^\s@/"]+@/g, "$1:[hidden]@");
}

const SECRET = /token|secret|password|authorization|cookie|signature/i;
/** Names that say "token" and hold none. */
const HARMLESS = new Set(["token_id", "lease_token"]);

/** The last guard, not the first: a field named like a secret is not printed, errors become message and stack. */
function redact(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
      if (value instanceof Error) {
        const cause = value.cause instanceof Error ? { cause: value.cause.message } : {};
        return Object.entries({ [key]: value.message, ...cause, stack: value.stack });
      }
      return [[key, SECRET.test(key) && !HARMLESS.has(key) ? "[hidden]" : value]];
    }),
  );
}

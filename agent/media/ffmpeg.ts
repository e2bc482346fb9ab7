/** ffmpeg and ffprobe as child processes: argument vectors, files only, killed on abort. */

/** A tool that ended badly. `message` is a sentence; `detail` the tool's last words. */
export class MediaError extends Error {
  override name = "MediaError";
  /** The machine is at fault (tool missing, disk full), not the file. */
  readonly host: boolean;
  readonly detail: string;
  constructor(message: string, options: ErrorOptions & { detail?: string; host?: boolean } = {}) {
    super(message, options);
    this.host = options.host ?? false;
    this.detail = options.detail ?? "";
  }
}

export const FULL_DISK = "The disk of this agent is full; free some space.";
export const REMOVED =
  "No such file any more: one that this work needs was removed from this machine meanwhile. The work goes to another agent.";

/** Pixels of the largest picture that is opened, 16,384 by 8,192: a file of a megabyte can hold one that fills the memory. */
export const MOST_PIXELS = 16_384 * 8_192;

/**
 * The words that open one file. The demuxer is named when it is known, so that nothing a file says about itself
 * makes ffmpeg open something else; without a whitelist a playlist could name URLs.
 */
export function input(path: string, options: readonly string[] = []): string[] {
  return [
    "-protocol_whitelist",
    "file,pipe",
    "-max_pixels",
    String(MOST_PIXELS),
    ...options,
    "-i",
    `file:${path}`,
  ];
}

export interface FfmpegOptions {
  signal?: AbortSignal;
  /** Frames written so far, a few times a second. */
  onFrame?: (frame: number) => void;
  /** Writes what ffmpeg reads as `pipe:0`; ended for it. What it leaves unread is no error. */
  feed?: (stdin: WritableStreamDefaultWriter<Uint8Array>) => Promise<void>;
}

/** Runs ffmpeg to its end; the number of video frames it wrote. Rejects with {@link MediaError}, or the signal's reason. */
export async function ffmpeg(args: readonly string[], options: FfmpegOptions = {}): Promise<number> {
  let frames = 0;
  const fixed = ["-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-nostats", "-progress", "pipe:1"];
  await run("ffmpeg", [...fixed, ...args], options, async (stdout) => {
    for await (const line of lines(stdout)) {
      const frame = /^frame=\s*(\d+)/.exec(line)?.[1];
      if (frame === undefined) continue;
      frames = Number(frame);
      options.onFrame?.(frames);
    }
  });
  return frames;
}

/** Runs ffmpeg and gives what it says to people: measuring filters print their findings there. */
export async function ffmpegSays(
  args: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const fixed = ["-hide_banner", "-nostdin", "-y", "-loglevel", "info", "-nostats"];
  return await run("ffmpeg", [...fixed, ...args], options, async (stdout) => await stdout.cancel());
}

/** What ffprobe prints for `args`. */
export async function ffprobe(
  args: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  let text = "";
  await run("ffprobe", ["-hide_banner", "-v", "error", ...args], options, async (stdout) => {
    text = await new Response(stdout).text();
  });
  return text;
}

/** Runs a tool to its end; the last of what it said. */
async function run(
  tool: "ffmpeg" | "ffprobe",
  args: string[],
  { signal, feed }: Pick<FfmpegOptions, "signal" | "feed">,
  read: (stdout: ReadableStream<Uint8Array>) => Promise<void>,
): Promise<string> {
  signal?.throwIfAborted();
  const child = spawn(tool, args, feed ? "piped" : "null");
  // Not SIGTERM: ffmpeg would finish the file first, and nobody wants it any more.
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended */ }
  };
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const fed = feed ? feedTo(child.stdin, feed) : Promise.resolve();
    const [status, stderr] = await Promise.all([child.status, tail(child.stderr), read(child.stdout), fed]);
    signal?.throwIfAborted();
    if (!status.success) throw failure(tool, status, stderr);
    return stderr;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** A tool that has what it needs, or has failed, closes its end: what it says then counts. */
async function feedTo(
  stdin: WritableStream<Uint8Array>,
  feed: NonNullable<FfmpegOptions["feed"]>,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await feed(writer);
    await writer.close();
  } catch (error) {
    await writer.abort().catch(() => {});
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function spawn(tool: string, args: string[], stdin: "piped" | "null"): Deno.ChildProcess {
  try {
    return new Deno.Command(tool, { args, stdin, stdout: "piped", stderr: "piped" }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new MediaError(
      `${tool} is not installed on this machine; install the package "ffmpeg" and start the agent again.`,
      { cause, host: true },
    );
  }
}

function failure(tool: string, status: Deno.CommandStatus, stderr: string): MediaError {
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  if (/No space left on device/i.test(stderr)) {
    return new MediaError(FULL_DISK, { detail: stderr, host: true });
  }
  // It is given nothing but files that have been looked at. From 6.1 on it says that it was opening one, and names it in the next line.
  if (/^(file:.*|.*Error opening input): No such file or directory$/m.test(stderr)) {
    return new MediaError(REMOVED, { detail: stderr, host: true });
  }
  if (status.signal) {
    const why = status.signal === "SIGKILL" ? "; the machine may be out of memory" : "";
    return new MediaError(`${tool} was ended by ${status.signal}${why}.`, { detail: stderr, host: true });
  }
  const lacks =
    /(Unknown encoder '[^']+'|No such filter: '[^']+'|Unrecognized option '[^']+'|Option '[^']+' not found)/
      .exec(stderr);
  if (lacks) {
    return new MediaError(
      `This machine's ${tool} is too old or was built without something the studio needs (${lacks[1]}); ` +
        `install ffmpeg 4.4 or later with libx264.`,
      { detail: stderr, host: true },
    );
  }
  return new MediaError(`${tool} failed with exit code ${status.code}: ${last || "it gave no reason"}.`, {
    detail: stderr,
  });
}

/** The last 8,000 characters of a stream: enough to see why, never a whole log in memory. */
async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (
    const chunk of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
  ) {
    text = (text + chunk).slice(-8000);
  }
  return text;
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (
    const chunk of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
  ) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest) yield rest;
}

import { gitEnvironment } from "./process.ts";
import type { Log } from "../http/log.ts";
import { feedAhead } from "./read_ahead.ts";

/** Longest CGI header that git http-backend may answer with; it writes a few hundred bytes. */
const HEADER_LIMIT = 16_384;
/** `version=2` and the like (gitprotocol-v2): all that a client says there. */
const PROTOCOL = /^[a-z0-9=:,-]{1,100}$/;

export interface BackendRequest {
  gitDir: string;
  /** What comes after the repository: `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  service: string;
  query: string;
  /** The name that Git puts into the reflog of a push. */
  user: string;
  log: Log;
  /** Variables on top of CGI's own: how the hook of a push reaches the gateway. */
  env?: Record<string, string>;
  /** When git has ended, before the client is told the end. */
  ended?: () => Promise<void>;
}

/**
 * One smart-HTTP request through `git http-backend` (CGI, RFC 3875), streamed both ways: packs are never held in memory
 * and never compressed again. A client that goes away takes the child with it: its body ends early, which ends
 * receive-pack, or its response is cancelled, which ends the backend. (Not by `request.signal`: in Deno that fires after
 * good answers too.)
 */
export async function serveBackend(request: Request, about: BackendRequest): Promise<Response> {
  const child = new Deno.Command("git", {
    args: ["http-backend"],
    env: cgiEnvironment(request, about),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stop = () => {
    try {
      // http-backend passes it on to its upload-pack or receive-pack (clean_on_exit).
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
  };
  feed(child, request.body, about.gitDir);
  const ended = report(child, about).catch(() => {}).then(() => about.ended?.()).catch((error) =>
    about.log.error("A push's end could not be noted", { error })
  );
  const reader = child.stdout.getReader();
  try {
    const { head, rest } = await readHead(reader);
    return new Response(bodyOf(reader, { rest, stop, ended }), head);
  } catch (error) {
    stop();
    await reader.cancel().catch(() => {});
    throw error;
  }
}

function cgiEnvironment(request: Request, about: BackendRequest): Record<string, string> {
  const header = (name: string) => request.headers.get(name);
  const protocol = header("git-protocol");
  // Bodies above 1 KiB come gzip'd; http-backend inflates them, but only when told (it bites once there are many refs).
  const encoding = header("content-encoding");
  return withLargePacks(header("content-length") === null, {
    ...gitEnvironment(about.gitDir),
    GIT_PROJECT_ROOT: about.gitDir,
    PATH_INFO: about.service,
    QUERY_STRING: about.query,
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header("content-type") ?? "",
    GIT_HTTP_EXPORT_ALL: "1",
    // Its presence is what lets receive-pack run: authorisation has happened before.
    REMOTE_USER: about.user,
    REMOTE_ADDR: "studio",
    GATEWAY_INTERFACE: "CGI/1.1",
    SERVER_PROTOCOL: "HTTP/1.1",
    // Never CONTENT_LENGTH: without it http-backend reads to the end, as of a chunked request; with it, it spins for ever
    // when a client leaves before it has sent that much (seen with 2.39: pipe_fixed_length() takes no end of file).
    ...about.env,
    ...(encoding ? { HTTP_CONTENT_ENCODING: encoding } : {}),
    ...(protocol && PROTOCOL.test(protocol) ? { GIT_PROTOCOL: protocol, HTTP_GIT_PROTOCOL: protocol } : {}),
  });
}

/**
 * A push of unknown length is one of more than a megabyte (http.postBuffer). Its pack is kept as it is: taken apart, as packs of less
 * than a hundred objects are by default, each large file would be held in memory and compressed anew.
 */
function withLargePacks(large: boolean, env: Record<string, string>): Record<string, string> {
  if (!large) return env;
  const next = Number(env.GIT_CONFIG_COUNT);
  return {
    ...env,
    [`GIT_CONFIG_KEY_${next}`]: "receive.unpackLimit",
    [`GIT_CONFIG_VALUE_${next}`]: "1",
    GIT_CONFIG_COUNT: String(next + 1),
  };
}

/** The request's body into the child. A child that ends early closes the pipe; its answer says why. */
function feed(child: Deno.ChildProcess, body: ReadableStream<Uint8Array> | null, gitDir: string): void {
  const done = body ? feedAhead(body, child.stdin, gitDir) : child.stdin.close();
  done.catch(() => {});
}

/** Drains stderr, which would block the child when full, and tells the log what it held. */
async function report(child: Deno.ChildProcess, about: BackendRequest): Promise<void> {
  const [text, status] = await Promise.all([new Response(child.stderr).text(), child.status]);
  if (status.code !== 0 && status.signal === null) {
    about.log.warn("git http-backend failed", {
      service: about.service,
      status: status.code,
      stderr: text.slice(0, 2_000),
    });
  }
}

/** `Status: 403 Forbidden` and header lines up to the empty line; what came after it in the same chunk is body. */
async function readHead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ head: { status: number; headers: Headers }; rest: Uint8Array }> {
  let bytes: Uint8Array = new Uint8Array();
  for (;;) {
    const text = new TextDecoder("latin1").decode(bytes);
    const end = /\r?\n\r?\n/.exec(text);
    if (end) {
      return { head: parseHead(text.slice(0, end.index)), rest: bytes.subarray(end.index + end[0].length) };
    }
    const { value, done } = await reader.read();
    if (done) throw new Error("git http-backend ended without an answer");
    if (bytes.length > HEADER_LIMIT) throw new Error("git http-backend answered with an endless header");
    const longer = new Uint8Array(bytes.length + value.length);
    longer.set(bytes);
    longer.set(value, bytes.length);
    bytes = longer;
  }
}

function parseHead(text: string): { status: number; headers: Headers } {
  const headers = new Headers();
  let status = 200;
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value) || 500;
    else headers.append(name, value);
  }
  return { status, headers };
}

/** The rest of the child's output as it comes; a reader that leaves ends the child. */
function bodyOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { rest, stop, ended }: { rest: Uint8Array; stop: () => void; ended: Promise<void> },
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (rest.length) controller.enqueue(rest);
    },
    async pull(controller) {
      const { value, done } = await reader.read();
      if (!done) return controller.enqueue(value);
      await ended;
      controller.close();
    },
    async cancel() {
      stop();
      await reader.cancel().catch(() => {});
    },
  });
}

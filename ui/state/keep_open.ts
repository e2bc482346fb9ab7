import { isBeat, SILENT_AFTER_MS } from "../../shared/events/beat.ts";
import { roleChanged } from "../people/me.ts";

/** Close code of the gateway: the session has ended, and asking again changes nothing. */
const SIGNED_OUT = 4401;
/** Close code of the gateway: the person is something else in the studio now; connecting again goes by that. */
const ROLE_CHANGED = 4409;

export interface Line {
  /** The socket is open; what is sent now arrives or the socket closes. */
  opened?(send: (data: string | Uint8Array<ArrayBuffer>) => void): void;
  heard(data: string | ArrayBuffer): void;
  /** It is down; it comes back by itself, unless the person is signed out. */
  down?(signedOut: boolean): void;
}

/** The address of a socket of the studio that served this page. */
export function socketOf(path: string): () => WebSocket {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return () => new WebSocket(`${scheme}://${location.host}${path}`);
}

/**
 * A socket that comes back: 0.5 s after it went, then up to 10 s with jitter, and at once when the computer is back on its network. One
 * that opens never, or has gone silent without closing (the studio beats), is given up and opened anew.
 */
export function keepOpen(
  make: () => WebSocket,
  line: Line,
  { silentAfterMs = SILENT_AFTER_MS } = {},
): () => void {
  let closed = false;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let heardAt = performance.now();

  function open(): void {
    clearTimeout(timer);
    const mine = socket = make();
    heardAt = performance.now();
    mine.binaryType = "arraybuffer";
    mine.onopen = () => line.opened?.((data) => mine.send(data));
    mine.onmessage = ({ data }) => {
      failures = 0;
      heardAt = performance.now();
      if (!closed && !isBeat(data)) line.heard(data);
    };
    mine.onclose = ({ code }) => gone(code);
  }
  function gone(code: number): void {
    socket = null;
    if (closed) return;
    line.down?.(code === SIGNED_OUT);
    if (code === SIGNED_OUT) return;
    if (code === ROLE_CHANGED) void roleChanged();
    timer = setTimeout(open, Math.min(10_000, 500 * 2 ** failures++) * (0.75 + Math.random() / 2));
  }
  const watch = setInterval(() => {
    const dead = socket;
    if (!dead || performance.now() - heardAt < silentAfterMs) return;
    // Its own closing would wait for an answer that does not come.
    dead.onclose = dead.onmessage = dead.onopen = null;
    dead.close();
    gone(1006);
  }, silentAfterMs / 4);
  const back = () => {
    if (!socket && !closed && timer !== undefined) open();
  };
  globalThis.addEventListener("online", back);
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    clearInterval(watch);
    globalThis.removeEventListener("online", back);
    socket?.close();
  };
}

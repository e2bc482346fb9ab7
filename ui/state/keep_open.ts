/** Close code of the gateway: the session has ended, and asking again changes nothing. */
const SIGNED_OUT = 4401;

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

/** A socket that comes back: 0.5 s after it went, then up to 10 s with jitter. */
export function keepOpen(make: () => WebSocket, line: Line): () => void {
  let closed = false;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const open = () => {
    const mine = socket = make();
    mine.binaryType = "arraybuffer";
    mine.onopen = () => line.opened?.((data) => mine.send(data));
    mine.onmessage = (message) => {
      failures = 0;
      if (!closed) line.heard(message.data);
    };
    mine.onclose = ({ code }) => {
      if (closed) return;
      line.down?.(code === SIGNED_OUT);
      if (code === SIGNED_OUT) return;
      timer = setTimeout(open, Math.min(10_000, 500 * 2 ** failures++) * (0.75 + Math.random() / 2));
    };
  };
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    socket?.close();
  };
}

import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import { bindScope } from "../db/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Env } from "../studio.ts";
import { BEAT, BEAT_MS } from "../../shared/events/beat.ts";
import { SOCKETS_PER_USER } from "./sockets.ts";

/** Seconds of silence after which the client is pinged, and given up when it does not answer. */
const IDLE_S = 30;

/** Closes a socket for good; the reason is for the person, at most 123 bytes (RFC 6455 5.5). */
export type End = (code: number, reason: string) => void;

/** What is said over an open socket. Disposed of when it ends, whoever ends it. */
export interface Talk extends Disposable {
  said(data: unknown): void;
  /** Something may have been missed: the line between gateways was down. */
  resync(): void;
}

/**
 * Accepts the WebSocket of a signed-in person; `begin` is called once it is open. It is closed when the person's token ends and when
 * the gateway does. ProblemError when it is no handshake, or one too many.
 */
export async function openSocket(
  c: Context<Env>,
  user: UserPrincipal,
  begin: (socket: WebSocket, end: End) => Talk,
): Promise<Response> {
  const studio = c.get("studio");
  // Known since before the first wait: authenticate() has asked for it.
  const { signal } = c.req.raw;
  const tokenId = user.token_id ?? await studio.auth.tokenIdOf(c.req.raw);
  if (signal.aborted) {
    // Deno would neither open that socket nor ever let go of its line, and a shutdown would wait for it.
    throw new ProblemError("invalid_request", "Whoever asked has hung up.");
  }
  if (!tokenId) throw new ProblemError("unauthenticated", "This session has ended; sign in again.");
  let socket: WebSocket | null = null;
  let ended: Parameters<End> | null = null;
  let talk: Talk | null = null;
  using undo = new DisposableStack();
  const held = undo.use(new DisposableStack());

  /** Forgets the socket first: a client that takes nothing takes no close frame either, and `close` may never come. */
  function end(...how: Parameters<End>): void {
    ended = how;
    held.dispose();
    if (socket?.readyState === WebSocket.OPEN) socket.close(...how);
  }

  function beat(): void {
    // Who takes nothing off the line needs no more of it.
    if (socket?.readyState === WebSocket.OPEN && socket.bufferedAmount === 0) socket.send(BEAT);
  }

  const admitted = studio.events.admit({
    user_id: user.user_id,
    token_id: tokenId,
    role: user.role,
    close: end,
    resync: () => talk?.resync(),
  });
  if (!admitted) {
    throw new ProblemError(
      "too_many_requests",
      `You have ${SOCKETS_PER_USER} connections to the studio open; close some of its tabs.`,
    );
  }
  held.use(admitted);
  const upgraded = upgrade(c.req.raw);
  socket = upgraded.socket;
  socket.binaryType = "arraybuffer";
  undo.move();
  // A socket calls from nowhere; what it asks, this person asks.
  socket.onopen = bindScope(() => {
    if (ended) return socket!.close(...ended);
    talk = held.use(begin(socket!, end));
    const timer = setInterval(beat, BEAT_MS);
    held.defer(() => clearInterval(timer));
  });
  socket.onmessage = bindScope((message: MessageEvent) => ended ? undefined : talk?.said(message.data));
  socket.onclose = bindScope(() => held.dispose());
  socket.onerror = bindScope(() => held.dispose());
  // Hung up in the instant between: nothing else is ever said of it.
  signal.addEventListener("abort", () => held.dispose());
  return upgraded.response;
}

/** RFC 6455 4.2.1: a handshake that lacks its key or version is the client's fault. */
function upgrade(request: Request): Deno.WebSocketUpgrade {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new ProblemError("invalid_request", "This is a WebSocket: ask with `Upgrade: websocket`.");
  }
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: IDLE_S });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ProblemError("invalid_request", "This WebSocket handshake cannot be read.", { cause: error });
  }
}

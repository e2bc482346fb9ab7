import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Env } from "../studio.ts";
import { createScreen } from "./screen.ts";
import { SOCKETS_PER_USER } from "./sockets.ts";
import { stateOf } from "./state.ts";

/** Seconds of silence after which the client is pinged, and given up when it does not answer. */
const IDLE_S = 30;

/** Accepts the WebSocket and keeps it told until either side ends it. */
export function openScreen(
  c: Context<Env>,
  project: ProjectRow,
  whose: { user_id: string; token_id: string },
): Response {
  const studio = c.get("studio");
  const log = c.get("log");
  let socket: WebSocket | null = null;
  let ended: [code: number, reason: string] | null = null;
  using undo = new DisposableStack();
  const held = undo.use(new DisposableStack());

  /** Forgets the socket first: a client that takes nothing takes no close frame either, and `close` may never come. */
  function end(...how: [code: number, reason: string]): void {
    ended = how;
    held.dispose();
    if (socket?.readyState === WebSocket.OPEN) socket.close(...how);
  }

  const admitted = studio.events.admit({ ...whose, close: end, resync: () => void screen.sync() });
  if (!admitted) {
    throw new ProblemError(
      "too_many_requests",
      `You have ${SOCKETS_PER_USER} connections to the studio open; close some of its tabs.`,
    );
  }
  held.use(admitted);
  const upgraded = upgrade(c.req.raw);
  socket = upgraded.socket;
  const screen = createScreen(socket, {
    end,
    readState: () => stateOf(studio, project),
    failed: (error) => log.error("The state of a project could not be read", { project: project.id, error }),
  });
  undo.move();
  socket.onopen = () => {
    if (ended) return socket!.close(...ended);
    // Before the state is read: what happens from here on is in it or comes after it.
    held.use(studio.events.subscribe({ tenant_id: project.tenant_id, project_id: project.id }, screen.hear));
    void screen.sync();
  };
  socket.onmessage = (message) => screen.said(message.data);
  socket.onclose = () => held.dispose();
  socket.onerror = () => held.dispose();
  return upgraded.response;
}

/** RFC 6455 4.2.1: a handshake that lacks its key or version is the client's fault. */
function upgrade(request: Request): Deno.WebSocketUpgrade {
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: IDLE_S });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ProblemError("invalid_request", "This WebSocket handshake cannot be read.", { cause: error });
  }
}

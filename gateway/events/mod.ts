import type { Role } from "../../shared/roles.ts";
import type { StateEvent, StudioEvent } from "../../shared/events/events.ts";
import type { z } from "zod";
import type { ProjectRow } from "../projects/mod.ts";

export interface Subscription {
  tenant_id: string;
  project_id: string;
}

/** As the hub needs to know a socket: whose it is and how to end it. */
export interface OpenSocket {
  user_id: string;
  token_id: string;
  /** As it was when the socket opened: what the socket may do hangs on it. */
  role: Role;
  close(code: number, reason: string): void;
  /** Something may have been missed (the line between gateways was down): send the present state again. */
  resync(): void;
}

/**
 * Says what happened to whoever looks. Everything but `preview` is also told to the other gateways of the same
 * database (one debounced NOTIFY that names rows; each reads them itself).
 */
export interface EventHub extends AsyncDisposable {
  /** `projectId` null: all screens of the tenant (agents). `here`: every gateway finds this out by itself, so don't tell them. */
  publish(
    tenantId: string,
    projectId: string | null,
    event: StudioEvent,
    options?: { here?: boolean },
  ): void;
  subscribe(to: Subscription, heard: (event: StudioEvent) => void): Disposable;
  /** Somebody looks at this project: previews are worth sending. */
  watched(projectId: string): boolean;
  /** What a screen opens with, read after it was asked for; screens of one film that ask together share a reading. */
  state(project: ProjectRow): Promise<z.infer<typeof StateEvent>>;
  /**
   * An open socket: counted, and closed when its token ends (at once where a gateway did that, see ended(); else within about a second) or
   * the gateway does. Null when its user has too many already.
   */
  admit(socket: OpenSocket): Disposable | null;
  /** Some token has ended, or somebody may do something else now: open sockets are looked at, here and at the other gateways. After the commit. */
  ended(): void;
  /** Open sockets of this gateway, for /metrics. */
  sockets(): number;
}

export { createEventHub } from "./hub.ts";
export { eventRoutes } from "./routes.ts";
export { type End, openSocket, type Talk } from "./open_socket.ts";
export { TOO_SLOW } from "./sockets.ts";

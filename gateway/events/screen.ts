import type { StudioEvent } from "../../shared/events/events.ts";
import { TOO_SLOW } from "./sockets.ts";

/** Bytes not yet taken by the client: from the first on it misses what is only of the moment, from the second on it is too slow. */
export const MOMENTS_UNTIL = 1024 * 1024;
export const CLOSED_FROM = 8 * 1024 * 1024;
/** Events kept while the state is read. */
const KEPT_EVENTS = 10_000;
/** A client has nothing to say here; a few small frames are let pass. Bytes of one, and how many in all per minute. */
const INCOMING_BYTES = 4096;
const INCOMING_PER_MINUTE = 60;

/** What a screen needs of its socket. */
export type Wire = Pick<WebSocket, "send" | "bufferedAmount" | "readyState">;

export interface ScreenOptions {
  /** Closes the socket for good. */
  end(code: number, reason: string): void;
  readState(): Promise<StudioEvent>;
  failed(error: unknown): void;
}

/**
 * One open socket: the present state first, then what happened since it was asked for, in order, then everything as it
 * happens. What a client does not take is not kept for it without end.
 */
export function createScreen(wire: Wire, { end, readState, failed }: ScreenOptions) {
  /** Events that came while a state is being read; null when they go out at once. */
  let kept: StudioEvent[] | null = null;
  let again = false;
  let incoming = { count: 0, since: performance.now() };

  function send(event: StudioEvent): void {
    if (wire.readyState !== WebSocket.OPEN) return;
    const buffered = wire.bufferedAmount;
    if (buffered > CLOSED_FROM) {
      end(
        TOO_SLOW,
        "This connection is too slow for what happens here; connect again for the present state.",
      );
    } else if (buffered <= MOMENTS_UNTIL || !isMoment(event)) {
      wire.send(encode(event));
    }
  }

  return {
    hear(event: StudioEvent): void {
      if (kept === null) return send(event);
      if (isMoment(event)) return;
      kept.push(event);
      if (kept.length > KEPT_EVENTS) {
        kept = [];
        again = true;
      }
    },
    /** Sends the state; called while one is being read, it is read once more. The caller has subscribed before. */
    async sync(): Promise<void> {
      if (kept !== null) {
        again = true;
        return;
      }
      kept = [];
      try {
        do {
          again = false;
          kept = [];
          const state = await readState();
          if (!again) send(state);
        } while (again);
        const events = kept;
        kept = null;
        events.forEach(send);
      } catch (error) {
        failed(error);
        end(1011, "The present state could not be read; connect again in a moment.");
      }
    },
    said(data: unknown): void {
      const size = typeof data === "string" ? data.length : data instanceof ArrayBuffer ? data.byteLength : 0;
      if (size > INCOMING_BYTES) return end(1009, "Nothing that large is expected here.");
      const now = performance.now();
      if (now - incoming.since > 60_000) incoming = { count: 0, since: now };
      if (++incoming.count > INCOMING_PER_MINUTE) end(1008, "Nothing is expected to be said here.");
    },
  };
}

/** Worth nothing a second later. */
function isMoment(event: StudioEvent): boolean {
  return event.type === "progress" || event.type === "preview";
}

/** An event goes to many screens; it is written once. */
const written = new WeakMap<StudioEvent, string>();

function encode(event: StudioEvent): string {
  let text = written.get(event);
  if (text === undefined) written.set(event, text = JSON.stringify(event));
  return text;
}

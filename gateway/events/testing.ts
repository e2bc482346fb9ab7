import { isBeat } from "../../shared/events/beat.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import { until } from "../agents/testing.ts";

/** A screen as a browser opens it: a real socket, everything it was told, and how it ended. */
export interface TestScreen extends Disposable {
  events: StudioEvent[];
  socket: WebSocket;
  closed: Promise<{ code: number; reason: string }>;
  /** The first event, now or later, that is so. */
  event<T extends StudioEvent["type"]>(
    type: T,
    is?: (event: Extract<StudioEvent, { type: T }>) => boolean,
  ): Promise<Extract<StudioEvent, { type: T }>>;
}

/** Opens `/api/events`; `headers` sign in (`authorization` or `cookie`). */
export function openTestScreen(
  base: string,
  project: string,
  headers: Record<string, string>,
): TestScreen {
  const url = `${base.replace(/^http/, "ws")}/api/events?project=${project}`;
  // Headers are Deno's extension: the type is the browser's.
  const Socket = WebSocket as unknown as new (
    url: string,
    options: { headers: Record<string, string> },
  ) => WebSocket;
  const socket = new Socket(url, { headers });
  const events: StudioEvent[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.onmessage = ({ data }) => {
    if (!isBeat(data)) events.push(JSON.parse(data));
  };
  socket.onclose = ({ code, reason }) => closed.resolve({ code, reason });
  return {
    events,
    socket,
    closed: closed.promise,
    event: (type, is = () => true) =>
      until(`an event "${type}"`, () => {
        for (const event of events) {
          if (event.type === type && is(event as never)) return event as never;
        }
        return undefined;
      }),
    [Symbol.dispose]: () => socket.close(),
  };
}

import { createApp } from "./app.ts";
import type { OpenStudio } from "./compose.ts";
import { publicUrlOf } from "./config.ts";
import { outside } from "./outside.ts";
import { within } from "./parts.ts";

/** Seconds in which an answer that is made must have been taken: a player that pauses reads no further, for as long as it likes. */
const TAKEN_S = 3;
/** Seconds that the rooms have to close. With a request's 10 it stays below the 30 that Kubernetes gives. */
const ROOMS_S = 15;

export interface Serving {
  /** What the studio calls itself. */
  url: string;
  /** Where it listens: the same, unless PUBLIC_URL says otherwise. */
  address: string;
  /** Settles when the server has stopped, however it came to that. */
  finished: Promise<void>;
  /**
   * Shuts down: accepts nothing new, lets waiting polls and sockets go at once, finishes what has begun within `limitS`,
   * then closes the rooms in order. Rejects with the names of what did not end by itself.
   */
  stop(options?: { limitS?: number }): Promise<void>;
}

/** Opens the port. The studio belongs to the server from here on: stop() closes it. */
export function serveStudio(studio: OpenStudio): Serving {
  const { config } = studio;
  const app = createApp(studio);
  /** Requests without an answer, by what they ask. */
  const begun = new Map<Promise<Response>, string>();
  const server = Deno.serve(
    { hostname: config.host.replace(/[[\]]/g, ""), port: config.port, onListen: () => {} },
    (request, info) => {
      const answer = Promise.resolve(outside(() => app.fetch(request, info)));
      begun.set(answer, `${request.method} ${new URL(request.url).pathname}`);
      return answer.finally(() => begun.delete(answer));
    },
  );
  const { port } = server.addr as Deno.NetAddr;
  // Port 0 is a question; from here on the studio knows the answer.
  config.port = port;
  config.publicUrl ??= publicUrlOf(config);

  async function close(limitS: number): Promise<string[]> {
    studio.close();
    const late: string[] = [];
    // Deno's own shutdown waits for answers but cuts bodies that are still coming in: an upload, a push. So those first; whoever
    // comes meanwhile is told to come back, and not waited for.
    if (!await within(limitS * 1000, Promise.allSettled(begun.keys()))) late.push(...begun.values());
    const taken = server.shutdown();
    if (late.length === 0 && !await within(Math.min(limitS, TAKEN_S) * 1000, taken)) {
      studio.log.warn("An answer was not taken to its end; the gateway does not wait for it");
    }
    const rooms = Promise.resolve(studio[Symbol.asyncDispose]());
    if (!await within(ROOMS_S * 1000, rooms)) late.push(...studio.unclosed());
    return late;
  }

  return {
    url: config.publicUrl,
    address: publicUrlOf({ ...config, publicUrl: null }),
    finished: server.finished,
    async stop({ limitS = 10 } = {}) {
      const late = await close(limitS);
      if (late.length) throw new Error(`Not everything ended in time: ${late.join(", ")}`);
    },
  };
}

import { createApp } from "./app.ts";
import type { OpenStudio } from "./compose.ts";
import { publicUrlOf } from "./config.ts";

export interface Serving {
  /** What the studio calls itself. */
  url: string;
  /** Where it listens: the same, unless PUBLIC_URL says otherwise. */
  address: string;
  /** Settles when the server has stopped, however it came to that. */
  finished: Promise<void>;
  /**
   * Shuts down: accepts nothing new, lets waiting polls and sockets go at once, finishes what has begun, then closes the rooms in
   * order. Rejects when that takes longer than `limitS`.
   */
  stop(options?: { limitS?: number }): Promise<void>;
}

/** Opens the port. The studio belongs to the server from here on: stop() closes it. */
export function serveStudio(studio: OpenStudio): Serving {
  const { config } = studio;
  const app = createApp(studio);
  const begun = new Set<Promise<Response>>();
  const server = Deno.serve(
    { hostname: config.host.replace(/[[\]]/g, ""), port: config.port, onListen: () => {} },
    (request, info) => {
      const answer = Promise.resolve(app.fetch(request, info));
      begun.add(answer);
      return answer.finally(() => begun.delete(answer));
    },
  );
  const { port } = server.addr as Deno.NetAddr;
  // Port 0 is a question; from here on the studio knows the answer.
  config.port = port;
  config.publicUrl ??= publicUrlOf(config);
  return {
    url: config.publicUrl,
    address: publicUrlOf({ ...config, publicUrl: null }),
    finished: server.finished,
    async stop({ limitS = 10 } = {}) {
      studio.close();
      await within(limitS, async () => {
        // Deno's own shutdown waits for answers but cuts bodies that are still coming in: an upload, a push. So those first;
        // whoever comes meanwhile is told to come back.
        while (begun.size) await Promise.allSettled(begun);
        await server.shutdown();
        await studio[Symbol.asyncDispose]();
      });
    },
  };
}

async function within(seconds: number, work: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Not everything had ended after ${seconds} s`)),
      seconds * 1000,
    );
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

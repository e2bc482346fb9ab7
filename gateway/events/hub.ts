import type { Studio } from "../studio.ts";
import { openBetween } from "./between.ts";
import { openEnded } from "./ended.ts";
import { createFanout } from "./fanout.ts";
import type { EventHub } from "./mod.ts";
import { createSockets } from "./sockets.ts";
import { createStates } from "./state.ts";

/** Opens the hub; once it is open, events of other gateways are heard. */
export async function createEventHub(studio: Studio): Promise<EventHub> {
  const fanout = createFanout((error) => studio.log.error("A listener to events failed", { error }));
  const sockets = createSockets(studio);
  const ended = await openEnded(studio.db, studio.log, sockets.lookAgain);
  const between = await openBetween(studio, { ...fanout, missed: sockets.resync });

  return {
    publish(tenantId, projectId, event, options = {}) {
      fanout.deliver(tenantId, projectId, event);
      if (!options.here) between.say(tenantId, projectId, event);
    },
    subscribe: fanout.subscribe,
    watched: fanout.watched,
    state: createStates(studio),
    admit: sockets.admit,
    ended: ended.tell,
    sockets: sockets.count,
    async [Symbol.asyncDispose]() {
      await ended[Symbol.asyncDispose]();
      await sockets[Symbol.asyncDispose]();
      await between[Symbol.asyncDispose]();
    },
  };
}

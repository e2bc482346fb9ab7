import { asSystem } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import type { OpenSocket } from "./mod.ts";

/** Open sockets that one person may have, two for each open film over all browsers and tabs. */
export const SOCKETS_PER_USER = 64;
/** Milliseconds between looks whether the sockets' tokens still open something: for what no gateway tells (a time that runs out, a tool). */
export const CHECK_MS = 700;

/** Close codes of our own (RFC 6455 leaves 4000 to 4999 to applications). */
export const SIGNED_OUT = 4401;
export const TOO_SLOW = 4408;
/** Connecting again gives what the new role may see and do. */
export const ROLE_CHANGED = 4409;
/** Going away (RFC 6455 7.4.1): the gateway stops, another may be there. */
const GOING_AWAY = 1001;

/** The open sockets of this gateway. */
export function createSockets(studio: Studio) {
  const open = new Set<OpenSocket>();
  let checking: Promise<void> | null = null;
  /** Said once, not every second while the database is away. */
  let failing = false;

  async function check(): Promise<void> {
    const ids = new Set([...open].map((socket) => socket.token_id));
    if (!ids.size) return;
    try {
      const living = await studio.auth.livingTokens([...ids]);
      for (const socket of [...open]) {
        // One that opened while the question was on its way was not asked about.
        if (!ids.has(socket.token_id)) continue;
        const role = living.get(socket.token_id);
        if (!role) socket.close(SIGNED_OUT, "You were signed out here.");
        else if (role !== socket.role) {
          socket.close(ROLE_CHANGED, `You are here as ${role} now; connect again.`);
        }
      }
      failing = false;
    } catch (error) {
      if (!failing && !studio.closing.aborted) {
        studio.log.warn("The tokens of open sockets could not be checked", { error });
      }
      failing = true;
    }
  }

  function look(): Promise<void> {
    return checking ??= check().finally(() => checking = null);
  }
  const timer = setInterval(look, CHECK_MS);

  function closeAll(): void {
    clearInterval(timer);
    for (const socket of [...open]) socket.close(GOING_AWAY, "The gateway stops; connect again in a moment.");
  }
  studio.closing.addEventListener("abort", closeAll);

  return {
    count: () => open.size,
    admit(socket: OpenSocket): Disposable | null {
      const own = [...open].filter((other) => other.user_id === socket.user_id).length;
      if (own >= SOCKETS_PER_USER) return null;
      open.add(socket);
      return { [Symbol.dispose]: () => void open.delete(socket) };
    },
    /** A token has ended this moment: a look that is under way may have asked too early. */
    lookAgain(): void {
      asSystem(() => void (checking ?? Promise.resolve()).then(look));
    },
    resync(): void {
      for (const socket of [...open]) socket.resync();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      studio.closing.removeEventListener("abort", closeAll);
      closeAll();
      await checking;
    },
  };
}

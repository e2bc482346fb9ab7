import { asSystem, type Database } from "../db/mod.ts";
import type { Log } from "../http/mod.ts";

const CHANNEL = "studio_tokens_ended";

/** Word to every gateway of this database that somebody's token has ended, or that they may do something else now. */
export interface Ended extends AsyncDisposable {
  tell(): void;
}

/** `look`: whether what is open here may stay so. It is asked at the gateway itself at once, and at each that hears of it. */
export async function openEnded(db: Database, log: Log, look: () => void): Promise<Ended> {
  const self = crypto.randomUUID();
  const line = db.kind === "embedded" ? null : await db.listen(CHANNEL, (from) => {
    if (from !== self) look();
  });
  return {
    tell() {
      look();
      if (!line) return;
      // A word that is lost costs a moment: every gateway looks by itself, too.
      asSystem(() => db.sql`select pg_notify(${CHANNEL}, ${self})`).catch((error) =>
        log.debug("Could not tell other gateways that a token has ended", { error })
      );
    },
    async [Symbol.asyncDispose]() {
      await line?.[Symbol.asyncDispose]();
    },
  };
}

import { holdersOf } from "./exclusively.ts";
import { ensureDir } from "./ensure_dir.ts";
import { lockFolder } from "./folder_lock.ts";
import type { PGlite } from "@electric-sql/pglite";
import { join } from "@std/path";
import postgres from "postgres";
import type { Database, Sql } from "./mod.ts";
import { currentScope } from "./scope.ts";
import { outside } from "../outside.ts";

/** int8 arrives as a JavaScript number: the studio's counters and sizes stay far below 2^53. */
const types = { bigint: { to: 20, from: [20], parse: Number, serialize: String } };

export interface OpenOptions {
  /** `postgres://…`, or null for embedded PGlite. */
  url: string | null;
  /** Folder of the embedded database; null keeps it in memory (tests). */
  dataDir: string | null;
  /** @default 10 Connections to a PostgreSQL server. */
  connections?: number;
  /** @default 15 Seconds without a byte of an answer after which a server is asked whether it is still at it. */
  silenceS?: number;
  /** In-memory only: a dumped data directory to start from, which saves initdb. */
  snapshot?: Blob;
}

/** Opens the database; the caller migrates it. */
export function openDatabase(options: OpenOptions): Promise<Database & { embedded?: PGlite }> {
  return options.url ? openServer(options.url, options) : openEmbedded(options);
}

function openServer(url: string, { connections = 10, silenceS = 15 }: OpenOptions): Promise<Database> {
  const sql = postgres(url, {
    max: connections,
    silence: silenceS,
    scope: currentScope,
    // Seconds. What a rush has opened goes again: each connection is a process of the server, with some 7 MB.
    idle_timeout: 20,
    // Seconds that one attempt to connect may take.
    connect_timeout: 10,
    types,
    onnotice: () => {},
    connection: { application_name: "studio" },
    // Seconds before a broken connection tries again. The client's own count goes to 20, long after the server is back.
    backoff: (attempt) => Math.min(1, 0.05 * 2 ** attempt),
  }) as unknown as Sql;
  return Promise.resolve({
    sql,
    kind: "postgresql",
    exclusively: holdersOf(sql),
    async listen(channel, heard, again) {
      let first = true;
      const { unlisten } = await sql.listen(channel, heard, () => {
        if (!first) again?.();
        first = false;
      });
      return { [Symbol.asyncDispose]: unlisten };
    },
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 5 });
    },
  });
}

/**
 * PGlite behind its socket server, so that the one `postgres` client speaks to both. All connections of that server share
 * one session, so there is exactly one: inside a transaction use the transaction, or the outer query waits for ever.
 */
async function openEmbedded({ dataDir, snapshot }: OpenOptions): Promise<Database & { embedded: PGlite }> {
  // Loaded here: beside a server nobody needs it.
  const { PGlite } = await outside(() => import("@electric-sql/pglite"));
  const { PGLiteSocketServer } = await outside(() => import("@electric-sql/pglite-socket"));
  await using opened = new AsyncDisposableStack();
  if (dataDir) {
    await ensureDir(dataDir);
    opened.use(await lockFolder(dataDir));
  }
  const db = await PGlite.create({
    ...(dataDir ? { dataDir: join(dataDir, "database") } : {}),
    ...(snapshot ? { loadDataDir: snapshot } : {}),
  });
  opened.defer(() => db.close());
  const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await server.start();
  opened.defer(() => server.stop());
  const [host, port] = server.getServerConn().split(":");
  const sql = postgres({
    host,
    port: Number(port),
    database: "postgres",
    username: "postgres",
    max: 1,
    scope: currentScope,
    types,
    onnotice: () => {},
  }) as unknown as Sql;
  opened.defer(() => sql.end({ timeout: 5 }));
  const stack = opened.move();
  return {
    sql,
    kind: "embedded",
    embedded: db,
    exclusively: (_lock, work) => work(),
    // One process owns an embedded database, so there is no other gateway to hear from.
    listen: () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

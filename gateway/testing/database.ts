import { join } from "@std/path";
import postgres from "postgres";
import imports from "../../import_map.json" with { type: "json" };
import { failWhereItWouldHang } from "./inside.ts";
import { type Database, migrate, openDatabase } from "../db/mod.ts";

/** Set by the test command: a PostgreSQL server on which databases may be made. Without it tests run on embedded PGlite. */
const SERVER = Deno.env.get("TEST_DATABASE_URL") || null;

/** True when the tests of this run use a real PostgreSQL. */
export const onPostgres = SERVER !== null;

/** A migrated throw-away database of its own; closing it removes it. `url` is null on the embedded one. */
export async function openTestDatabase(): Promise<Database & { url: string | null }> {
  return SERVER ? await openOnServer(SERVER) : await openInMemory();
}

/** Dumps of one version are nothing to another. */
const PGLITE = imports.imports["@electric-sql/pglite"].replace(/[^0-9.]+/g, "-").replace(/^-+/, "");

/** Named after what the migrations say, so that a server that outlives a change of theirs is not asked for the old tables. */
async function templateName(): Promise<string> {
  const folder = new URL("../db/migrations/", import.meta.url);
  const names = (await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name)).toSorted();
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, folder))));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("\0")));
  return `studio_template_${new Uint8Array(digest).toHex().slice(0, 12)}`;
}

async function openOnServer(server: string): Promise<Database & { url: string }> {
  const admin = postgres(server, { max: 1, onnotice: () => {} });
  const template = await templateName();
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await admin`select pg_advisory_lock(7305118)`;
  try {
    const [made] = await admin`select 1 from pg_database where datname = ${template}`;
    if (!made) {
      // What a run that was killed here has left.
      await admin.unsafe(`drop database if exists ${template}_new`);
      await admin.unsafe(`create database ${template}_new`);
      const fresh = await openDatabase({
        url: at(server, `${template}_new`),
        dataDir: null,
        connections: 1,
      });
      await migrate(fresh.sql);
      await fresh[Symbol.asyncDispose]();
      await admin.unsafe(`alter database ${template}_new rename to ${template}`);
    }
    await admin.unsafe(`create database ${name} template ${template}`);
  } finally {
    await admin`select pg_advisory_unlock(7305118)`;
  }
  const url = at(server, name);
  const database = await openDatabase({ url, dataDir: null, connections: 10 });
  return {
    ...database,
    url,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

function at(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Migrated once and kept for the test processes to come; each database starts from this dump. */
let snapshot: Promise<Blob> | null = null;

async function openInMemory(): Promise<Database & { url: null }> {
  snapshot ??= readSnapshot();
  const database = await openDatabase({ url: null, dataDir: null, snapshot: await snapshot });
  return { ...database, sql: failWhereItWouldHang(database.sql), url: null };
}

/** initdb and migrations take seconds, and every test file is a process of its own; a dump is read in a tenth of one. */
async function readSnapshot(): Promise<Blob> {
  const folder = join(import.meta.dirname!, "..", "..", "node_modules", ".cache", "studio");
  const path = join(folder, `${await templateName()}_${PGLITE}.tar`);
  try {
    return new Blob([await Deno.readFile(path)]);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const made = await makeSnapshot();
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(folder)) {
    // 40 MB each, of tables that have changed since.
    if (name.endsWith(".tar")) await Deno.remove(join(folder, name)).catch(() => {});
  }
  // Whole or not at all: others may be reading.
  const fresh = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(fresh, made.stream());
  await Deno.rename(fresh, path);
  return made;
}

async function makeSnapshot(): Promise<Blob> {
  await using database = await openDatabase({ url: null, dataDir: null });
  await migrate(database.sql);
  return await database.embedded!.dumpDataDir("none");
}

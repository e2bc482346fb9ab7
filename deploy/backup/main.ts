import { resolve } from "@std/path";
import { ConfigError, parseConfig } from "../../gateway/config.ts";
import { FolderInUse, openDatabase } from "../../gateway/db/mod.ts";
import { openObjectStore, openStores } from "../../gateway/objects/mod.ts";
import type { Studio } from "../../gateway/studio.ts";
import { backup } from "./backup.ts";
import { BackupError } from "./record.ts";
import { restore } from "./restore.ts";

/** `deno task backup <folder>` and `deno task restore <folder>/studio-…`, of the studio that the environment describes. */
async function main([command, ...rest]: string[]): Promise<number> {
  const [given] = rest;
  if (!given || rest.length > 1) throw new BackupError(`Name one folder: deno task ${command} <folder>`);
  const folder = resolve(Deno.env.get("INIT_CWD") ?? ".", given);
  const config = parseConfig(Deno.env.toObject());
  if (command === "backup") {
    await using db = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir });
    await using objects = await openStores({ config, db });
    const made = await backup(
      { ...config, db, objects },
      folder,
      (part) => console.log(`Saving the ${part}`),
    );
    console.log(`${made.folder}: ${words(made.record)}`);
    if (made.record.objects.kept === "bucket") {
      console.log("The objects stay in their bucket, which needs versioning or a copy of its own.");
    }
    return 0;
  }
  // Of the other rooms the store asks nothing, but to sign.
  await using objects = await openObjectStore({ config } as Studio);
  const { record, missing } = await restore(folder, { ...config, config, objects });
  console.log(`Restored ${words(record)}; Git found every repository sound. Start the gateway now.`);
  for (const { key } of missing.slice(0, 20)) console.error(`missing: ${key}`);
  if (missing.length) console.error(`${missing.length} objects that the backup lists are not in the store.`);
  return missing.length ? 1 : 0;
}

function words({ repositories, objects }: Awaited<ReturnType<typeof restore>>["record"]): string {
  const megabytes = (objects.bytes / 1e6).toFixed(1);
  return `the database, ${repositories.length} projects, ${objects.count} objects (${megabytes} MB)`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const expected = [BackupError, FolderInUse, ConfigError].some((kind) => error instanceof kind);
    console.error(expected ? (error as Error).message : error);
    Deno.exit(1);
  }
}

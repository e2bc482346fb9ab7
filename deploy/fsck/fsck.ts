import { join } from "@std/path";
import { createCanvas } from "../../gateway/canvas/mod.ts";
import { type Config, ConfigError, parseConfig } from "../../gateway/config.ts";
import { FolderInUse, openDatabase } from "../../gateway/db/mod.ts";
import { createLog } from "../../gateway/http/mod.ts";
import { openStores } from "../../gateway/objects/mod.ts";
import { createProjects } from "../../gateway/projects/mod.ts";
import type { Studio } from "../../gateway/studio.ts";
import { createTakes } from "../../gateway/takes/mod.ts";
import { checkStudio } from "./check.ts";
import { inWords } from "./finding.ts";

/** `deno task fsck`: 0 when all fits together, 1 when something is wrong, 2 when it could not be looked at. */
async function main(): Promise<number> {
  const config = parseConfig(Deno.env.toObject());
  if (!config.databaseUrl && !await Deno.stat(join(config.dataDir, "database")).catch(() => null)) {
    console.error(
      `There is no studio in ${config.dataDir}; set STUDIO_DATA or DATABASE_URL as for the gateway.`,
    );
    return 2;
  }
  await using opened = new AsyncDisposableStack();
  const studio = await open(config, opened);
  if (!await isThisSchema(studio)) {
    console.error(
      "The database is of another version of the studio; start this version's gateway once, or use that one's fsck.",
    );
    return 2;
  }
  const { looked, findings } = await checkStudio(studio, config.dataDir);
  if (findings.length) console.log(inWords(findings));
  const wrong = findings.filter((finding) => finding.level === "wrong").length;
  console.log(
    `${looked} ${looked === 1 ? "project" : "projects"} looked at: ${wrong} wrong, ${
      findings.length - wrong
    } to note.`,
  );
  return wrong ? 1 : 0;
}

/** Only the rooms that are read; none that would do anything by itself. */
async function open(config: Config, opened: AsyncDisposableStack): Promise<Studio> {
  const log = createLog({ level: "error" });
  const studio = { config, log, closing: new AbortController().signal } as Studio;
  studio.db = opened.use(await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir }));
  studio.objects = opened.use(await openStores(studio));
  studio.projects = createProjects(studio);
  studio.takes = createTakes(studio);
  studio.canvas = createCanvas(studio);
  return studio;
}

/** Read, not migrated: whoever checks wants to find things as they are. */
async function isThisSchema({ db }: Studio): Promise<boolean> {
  const folder = join(import.meta.dirname!, "..", "..", "gateway", "db", "migrations");
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) =>
    /^\d{4}_\w+\.sql$/.test(name)
  );
  const rows = await db.sql<{ name: string }[]>`select name from migrations`.catch(() => []);
  return JSON.stringify(rows.map((row) => row.name).sort()) === JSON.stringify(files.sort());
}

try {
  Deno.exit(await main());
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof FolderInUse)) throw error;
  console.error(error.message);
  Deno.exit(2);
}

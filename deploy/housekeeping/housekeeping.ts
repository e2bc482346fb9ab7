import { parseArgs } from "node:util";
import { join } from "@std/path";
import { ConfigError, parseConfig } from "../../gateway/config.ts";
import { FolderInUse, openDatabase } from "../../gateway/db/mod.ts";
import { DEFAULTS, type Finding, inWords, keepHouse } from "../../gateway/housekeeping/mod.ts";
import { openStores } from "../../gateway/objects/mod.ts";

const USAGE = `deno task housekeeping [--remove] [--grace-days 14] [--keep-days 90]

Says what nothing uses any more: media that no version of a project names, uploads that never ended, stores that a studio has left,
rows of work that is long over. It removes nothing unless --remove is given. Days: how long an unused object is kept after it was last touched (2 or more), and
how long rows of finished work are (7 or more).`;

/** `deno task housekeeping`: 0 when it was looked, or done; 2 when it could not be. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      remove: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      "grace-days": { type: "string", default: String(DEFAULTS.graceDays) },
      "keep-days": { type: "string", default: String(DEFAULTS.keepDays) },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [graceDays, keepDays] = [Number(values["grace-days"]), Number(values["keep-days"])];
  if (!(Number.isInteger(graceDays) && graceDays >= 2 && Number.isInteger(keepDays) && keepDays >= 7)) {
    console.error(USAGE);
    return 2;
  }
  const config = parseConfig(Deno.env.toObject());
  if (!config.databaseUrl && !await Deno.stat(join(config.dataDir, "database")).catch(() => null)) {
    console.error(
      `There is no studio in ${config.dataDir}; set STUDIO_DATA or DATABASE_URL as for the gateway.`,
    );
    return 2;
  }
  await using db = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir });
  await using objects = await openStores({ config, db });
  const [schema] = await db.sql`select 1 from migrations where name = '0029_stores.sql'`.catch(
    () => [],
  );
  if (!schema) {
    console.error("The database is of an older version of the studio; start this version's gateway once.");
    return 2;
  }
  const { remove } = values;
  const findings: Finding[] = [];
  for await (const finding of keepHouse({ db, objects, config }, { remove, graceDays, keepDays })) {
    findings.push(finding);
  }
  console.log(inWords(findings, { remove }));
  return 0;
}

try {
  Deno.exit(await main());
} catch (error) {
  const told = error instanceof ConfigError || error instanceof FolderInUse ||
    /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? "");
  if (!told) throw error;
  console.error((error as Error).message);
  Deno.exit(2);
}

import { parseArgs } from "node:util";
import { join, resolve } from "@std/path";
import { type Config, ConfigError, parseConfig, publicUrlOf } from "../../gateway/config.ts";
import { FolderInUse, openDatabase } from "../../gateway/db/mod.ts";
import { keysOf, openStores, type Progress } from "../../gateway/objects/mod.ts";
import { readPlans } from "../../gateway/plans/mod.ts";
import { configureBucket, corsFault } from "./bucket_rules.ts";
import { deleteStudio, findLeaving, holdingsOf } from "./delete.ts";
import { StudioError } from "./error.ts";
import { exportStudio } from "./export.ts";
import type { Live } from "./live.ts";
import { addStudio, findStudio, halfDeleted, linkToStudio, listStudios } from "./studios.ts";
import { setPlan } from "./plan.ts";
import { forgetLeft, giveUp, placeOf, type PlaceOptions, policyText, setStore, storeText } from "./store.ts";
import { holdingsText, listText, sizeText } from "./words.ts";

const USAGE = `deno task studio list                    the studios of this gateway, and what they hold
deno task studio add NAME                another studio; prints the link that lets its owner in, once
deno task studio link STUDIO             another such link for a studio that is there
deno task studio plan STUDIO [PLAN]      what it may use: a plan of PLANS_FILE; without PLAN the one for all
deno task studio store STUDIO            where its objects are; with --cancel gives up a move, with --forget the places that it has left
deno task studio store STUDIO PLACE      moves them: s3://bucket or s3://bucket/folder, or own for the gateway's own store. While the
                                         studio works; killed, the same command goes on. [--endpoint URL] [--region R]
                                         [--keys gateway|env:NAME|file:NAME|role:ARN[,EXTERNAL ID]] [--configure] [--leave-damaged]
deno task studio policy STUDIO           the IAM policy that opens its objects and nothing else
deno task studio export STUDIO FOLDER    all there is of it, into a folder of its own in FOLDER
deno task studio delete STUDIO [--yes]   says what would go; with --yes asks for its short name, then deletes it for ever

STUDIO is the short name (or the id) that list shows. It takes the gateway's environment. With the embedded database the
gateway must be stopped; on PostgreSQL it may run.`;

/** `deno task studio`: 0 when done, 1 when something of it is wrong, 2 when it could not be done. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      endpoint: { type: "string" },
      region: { type: "string" },
      keys: { type: "string" },
      configure: { type: "boolean", default: false },
      cancel: { type: "boolean", default: false },
      forget: { type: "boolean", default: false },
      "leave-damaged": { type: "boolean", default: false },
    },
  });
  const [command = "", ...given] = positionals;
  const wanted = {
    ...{ list: [0, 0], add: [1, 1], link: [1, 1], plan: [1, 2], export: [2, 2], delete: [1, 1] },
    ...{ store: [1, 2], policy: [1, 1] },
  };
  const [least, most] = wanted[command as keyof typeof wanted] ?? [1, 0];
  if (values.help || given.length < least! || given.length > most!) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = parseConfig(Deno.env.toObject());
  await requireStudio(config);
  await using db = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir });
  const [schema] = await db.sql`select 1 from migrations where name = '0029_stores.sql'`.catch(() => []);
  if (!schema) {
    throw new StudioError(
      "The database is of an older version of the studio; start this version's gateway once.",
    );
  }
  await using objects = await openStores({ config, db });
  const live = { db, objects, dataDir: config.dataDir };
  if (command === "store") return await store(live, config, given as [string, string?], values);
  return await run(live, config, command, given as [string, string], values.yes);
}

async function store(
  live: Live,
  config: Config,
  [studio, text]: [string, string?],
  options: PlaceOptions & { configure: boolean; cancel: boolean; forget: boolean; "leave-damaged": boolean },
): Promise<number> {
  const tenant = await findStudio(live.db.sql, studio);
  if (options.cancel) console.log(await giveUp(live, tenant));
  if (options.forget) console.log(await forgetLeft(live, tenant));
  if (text === undefined) {
    console.log(await storeText(live, tenant));
    return 0;
  }
  const place = placeOf(text, options);
  if (place && options.configure) {
    if (!config.publicUrl) {
      throw new StudioError("Set PUBLIC_URL: the bucket is told from where it may be asked.");
    }
    // A role's session is narrowed to objects: the bucket's own rules are set as whoever types this.
    const { credentials } = place.credentials.from === "role" ? {} : keysOf(place, tenant.id, config);
    for (const fault of await configureBucket(place, config.publicUrl, credentials)) console.error(fault);
  }
  if (place && config.publicUrl) {
    const fault = await corsFault(
      await live.objects.at(tenant.id, place, false),
      tenant.id,
      config.publicUrl,
    );
    if (fault) console.error(fault);
  }
  const { sentence, moved } = await setStore(live, tenant, place, {
    leaveDamaged: options["leave-damaged"],
    say: tellProgress,
  });
  console.log(sentence);
  for (const key of moved?.damaged.slice(0, 20) ?? []) console.error(`left behind, as it is damaged: ${key}`);
  return moved?.damaged.length ? 1 : 0;
}

const STEPS = {
  copying: "Copying and checking",
  opening: "Telling all gateways",
  switched: "New objects go there now; copying what came last",
};

function tellProgress({ step, objects, bytes, allObjects, allBytes }: Progress): void {
  const words = STEPS[step as keyof typeof STEPS] ?? step;
  console.log(`${words}: ${objects} of ${allObjects} objects, ${sizeText(bytes)} of ${sizeText(allBytes)}`);
}

async function run(
  live: Live,
  config: Config,
  command: string,
  [first, second]: [string, string],
  yes: boolean,
): Promise<number> {
  const { sql } = live.db;
  const link = (token: string) => `${publicUrlOf(config)}/enter?token=${token}`;
  switch (command) {
    case "list":
      console.log(
        listText(await listStudios(sql), await halfDeleted(sql), await readPlans(config.plansFile)),
      );
      return 0;
    case "add": {
      const { slug, token } = await addStudio(sql, first.trim());
      console.log(
        `${first.trim()} is there, as ${slug}. Its owner comes in by this link, once, within a week:`,
      );
      console.log(link(token));
      return 0;
    }
    case "link":
      console.log("Its owner comes in by this link, once, within a week:");
      console.log(link(await linkToStudio(sql, await findStudio(sql, first))));
      return 0;
    case "plan":
      console.log(
        await setPlan(sql, await readPlans(config.plansFile), await findStudio(sql, first), second ?? null),
      );
      return 0;
    case "policy":
      console.log(await policyText(live, await findStudio(sql, first), config.s3));
      return 0;
    case "export":
      return await exportTo(live, first, resolve(Deno.env.get("INIT_CWD") ?? ".", second));
    default:
      return await deleteOrTell(live, first, yes);
  }
}

async function exportTo(live: Live, studio: string, into: string): Promise<number> {
  const tenant = await findStudio(live.db.sql, studio);
  const { folder, record, damaged } = await exportStudio(
    live,
    tenant,
    into,
    (part) => console.log(`Saving the ${part}`),
  );
  const rows = record.rows.reduce((sum, each) => sum + each.rows, 0);
  const { count, bytes } = record.objects;
  console.log(
    `${folder}: ${rows} rows, ${record.repositories.length} repositories, ${count} objects (${
      sizeText(bytes)
    })`,
  );
  for (const key of damaged.slice(0, 20)) console.error(`not the bytes that its name says: ${key}`);
  if (damaged.length) {
    console.error(`${damaged.length} objects are damaged in the store; deno task fsck says more.`);
  }
  return damaged.length ? 1 : 0;
}

async function deleteOrTell(live: Live, studio: string, yes: boolean): Promise<number> {
  const leaving = await findLeaving(live, studio);
  console.log(holdingsText(leaving, await holdingsOf(live, leaving)));
  if (!yes) {
    console.log(
      `Nothing was deleted. Export it first, then: deno task studio delete ${leaving.slug} --yes`,
    );
    return 0;
  }
  console.log(`Type its short name, ${leaving.slug}, to delete it for ever:`);
  if (await typedLine() !== leaving.slug) {
    console.error("That is not its short name; nothing was deleted.");
    return 2;
  }
  await deleteStudio(live, leaving, (part) => console.log(`Deleting the ${part}`));
  console.log(`${leaving.name} is gone.`);
  return 0;
}

/** Also from a pipe, where `prompt()` reads nothing. */
async function typedLine(): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  while (!text.includes("\n") && text.length < 1000) {
    const read = await Deno.stdin.read(buffer);
    if (read === null) break;
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
  return text.split("\n", 1)[0]!.trim();
}

async function requireStudio({ databaseUrl, dataDir }: Config): Promise<void> {
  if (databaseUrl || await Deno.stat(join(dataDir, "database")).catch(() => null)) return;
  throw new StudioError(
    `There is no studio in ${dataDir}; set STUDIO_DATA or DATABASE_URL as for the gateway.`,
  );
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    const told = [StudioError, ConfigError, FolderInUse].some((kind) => error instanceof kind) ||
      /^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? "");
    console.error(told ? (error as Error).message : error);
    Deno.exit(2);
  }
}

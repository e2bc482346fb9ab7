import { parseArgs } from "node:util";
import { join } from "@std/path";
import { sizeOf } from "../../shared/runners/size.ts";
import { UsageError } from "../config.ts";
import { installedRunners } from "../machine.ts";
import { readPolicy } from "../policy/policy.ts";
import { loadAllRunners } from "../runners/load.ts";
import { printable } from "../terminal.ts";
import { chosen, notAgreed, notWanted } from "./choose.ts";
import { download, gigabytes, weight } from "./downloader.ts";
import { downloadsDir, type FileState, readWanted, removeWanted } from "./files.ts";
import { hereInFolder } from "./folder.ts";
import { openGate } from "./gate.ts";
import { type ModelNeed, modelNeeds } from "./needs.ts";

/**
 * The downloader: a program of its own, so that the agent need not be allowed to reach where models come from, nor to write
 * where ComfyUI reads them. `launch.ts` starts it with exactly its hosts and folders (permissions.ts).
 */
interface Line {
  words: string[];
  dataDir: string;
  modelsDir: string;
  runnersDir: string;
  licences: string[];
  now: boolean;
  changed: boolean;
  /** What the local page asked for; it ends when that is taken back. */
  wanted: boolean;
}

async function main(line: Line): Promise<number> {
  const print = (text: string) => console.log(printable(text));
  await Deno.mkdir(downloadsDir(line.dataDir), { recursive: true, mode: 0o700 });
  using lock = await Deno.open(join(downloadsDir(line.dataDir), "lock"), { create: true, write: true });
  if (!await lock.tryLock(true)) {
    throw new UsageError("Another download is under way: agent models shows how far it is.");
  }
  const wanted = line.wanted ? await readWanted(line.dataDir) : null;
  if (line.wanted && wanted === null) return 0;
  const { runners } = await loadAllRunners(line.runnersDir, installedRunners(line.dataDir));
  const all = modelNeeds(runners, [], () => null);
  const here = await hereInFolder(line.modelsDir, all);
  const named = chosen(all, wanted ? wanted.keys : line.words);
  const files = named.filter((file) => !here(file));
  if (files.length === 0) print("All of it is here already.");
  const policy = await readPolicy(line.dataDir);
  if (typeof policy === "string") throw new UsageError(policy);
  for (const file of files) {
    const why = notWanted(file, policy);
    if (why) throw new UsageError(`${file.file} is not fetched: ${why}.`);
  }
  const agreed = [...policy.models.licences, ...line.licences, ...wanted?.licences ?? []];
  await agree(files, agreed, { ask: !line.wanted && Deno.stdin.isTerminal(), print });

  const over = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => over.abort());
  const watching = wanted === null ? undefined : setInterval(async () => {
    if ((await readWanted(line.dataDir))?.at !== wanted.at) over.abort();
  }, 1_000);
  using gate = await openGate({ dataDir: line.dataDir, now: line.now });
  const progress = progressLine();
  try {
    const whole = await download(files, {
      ...line,
      gate,
      signal: over.signal,
      mayReach: async (host) => (await Deno.permissions.query({ name: "net", host })).state === "granted",
      token: (host) => host === "huggingface.co" ? huggingFaceToken(line.dataDir) : null,
      say: progress.say,
      show: progress.show,
    });
    if (whole && wanted && (await readWanted(line.dataDir))?.at === wanted.at) {
      await removeWanted(line.dataDir);
    }
    if (whole && files.length > 0) {
      print("All is here. A running agent offers what it opens within a minute.");
    }
    return whole ? 0 : 1;
  } catch (error) {
    if (!over.signal.aborted) throw error;
    progress.say("Stopped; the next time goes on from here.");
    return 0;
  } finally {
    clearInterval(watching);
  }
}

/** Each licence is agreed to by name, in the rules, with --accept, or by a typed yes. UsageError when one is not. */
async function agree(
  files: readonly ModelNeed[],
  agreed: readonly string[],
  options: { ask: boolean; print(text: string): void },
): Promise<void> {
  for (const [licence, of] of notAgreed(files, agreed)) {
    const names = of.map((model) => {
      const known = sizeOf(model);
      return `${model.file}${known ? ` (${weight(known)})` : ""}`;
    }).join(", ");
    const sold = of.some(({ commercial }) => !commercial)
      ? " What is made with it may not be sold without another licence."
      : "";
    const text = `Licence "${licence}" is that of ${names}.${sold} Read it at ${of[0]!.url ?? "its source"}.`;
    if (!options.ask) {
      throw new UsageError(
        `${text}\nTo agree to it, add: --accept "${licence}" (or put it into models.licences in policy.json)`,
      );
    }
    options.print(text);
    if (prompt("Do you agree to it? Type yes:")?.trim().toLowerCase() !== "yes") {
      throw new UsageError("Nothing was fetched.");
    }
  }
  await Promise.resolve();
}

/** Never printed, never kept elsewhere. */
function huggingFaceToken(dataDir: string): string | null {
  const fromEnv = Deno.env.get("HF_TOKEN")?.trim();
  if (fromEnv) return fromEnv;
  try {
    return Deno.readTextFileSync(join(dataDir, "hf_token")).trim() || null;
  } catch {
    return null;
  }
}

/** One line that is drawn over on a terminal; elsewhere a line for each tenth. */
function progressLine(): { say(sentence: string): void; show(state: FileState): void } {
  const live = Deno.stdout.isTerminal();
  const encoder = new TextEncoder();
  const write = (text: string) => {
    try {
      Deno.stdout.writeSync(encoder.encode(text));
    } catch {
      // There is nobody left to tell.
    }
  };
  let [drawn, drawnAt, tenth] = ["", 0, ""];
  return {
    say: (sentence) => write(`${live && drawn ? "\r\x1b[K" : ""}${printable(sentence)}\n`),
    show(state) {
      const text = stateText(state);
      if (state.stage === "done" || state.stage === "failed") {
        if (state.stage === "done") write(`${live ? "\r\x1b[K" : ""}${printable(text)}\n`);
        drawn = "";
        return;
      }
      const next = `${state.key} ${state.stage} ${Math.floor((state.done / (state.total ?? Infinity)) * 10)}`;
      if (!live) {
        if (next !== tenth) write(`${printable(text)}\n`);
        tenth = next;
      } else if (Date.now() - drawnAt > 200) {
        drawnAt = Date.now();
        write(`\r\x1b[K${drawn = printable(text)}`);
      }
    },
  };
}

function stateText({ key, stage, done, total, sentence }: FileState): string {
  if (stage === "done") return `${key}: done. ${sentence}`;
  if (stage === "checking") return `${key}: is being checked`;
  const share = total ? `${Math.floor(done / total * 100)} % of ${gigabytes(total)}` : gigabytes(done);
  return `${key}: ${share}${sentence ? ` (${sentence})` : ""}`;
}

function lineOf(args: readonly string[]): Line {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: "string" },
      models: { type: "string" },
      runners: { type: "string" },
      accept: { type: "string", multiple: true, default: [] },
      now: { type: "boolean", default: false },
      changed: { type: "boolean", default: false },
      wanted: { type: "boolean", default: false },
    },
  });
  return {
    words: positionals,
    dataDir: values.data!,
    modelsDir: values.models!,
    runnersDir: values.runners!,
    licences: values.accept,
    now: values.now,
    changed: values.changed,
    wanted: values.wanted,
  };
}

if (import.meta.main) {
  try {
    Deno.exit(await main(lineOf(Deno.args)));
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}

import { join } from "@std/path";
import { z } from "zod";

/** Watts of one card. null: the board does not tell, or has no such limit. */
export interface PowerLimits {
  uuid: string;
  index: number;
  limit: number | null;
  min: number | null;
  max: number | null;
}

export const POWER_ARGS = [
  "--query-gpu=uuid,index,power.limit,power.min_limit,power.max_limit",
  "--format=csv,noheader,nounits",
];

/** Reads `nvidia-smi` with {@link POWER_ARGS}. `[N/A]` and the like stand where a board has no such thing. */
export function parsePower(text: string): PowerLimits[] {
  return text.split(/\r?\n/).map((line) => line.split(",").map((field) => field.trim())).flatMap((fields) => {
    const [uuid, index, limit, min, max] = fields;
    if (fields.length < 5 || !uuid?.startsWith("GPU-") || !/^\d+$/.test(index!)) return [];
    return [{ uuid, index: Number(index), limit: watts(limit!), min: watts(min!), max: watts(max!) }];
  });
}

/** What to set a card to; a sentence where it is not done. Never above what is set already: the rule is a most, not a wish. */
export function targetOf(card: PowerLimits, most: number): number | string {
  if (card.limit === null || card.min === null || card.max === null) {
    return `card ${card.index} has no power limit that could be set`;
  }
  return Math.min(card.limit, Math.max(most, card.min), card.max);
}

/** `power.json`: what was set, and what stood there before. Written before a limit is set, removed when it is back. */
const Kept = z.array(z.object({ uuid: z.string(), before: z.number(), set: z.number() }));
type Kept = z.infer<typeof Kept>;

export interface PowerOptions {
  dataDir: string;
  /** The rule, while the machine works for the studio; null: none, or it does not. */
  most(): number | null;
  say(sentence: string): void;
  /** What keeps the rule from being followed, and that nothing does any more. */
  trouble(sentence: string): void;
  settled(): void;
  everyMs?: number;
  /** Milliseconds after which what did not succeed is tried again: its owner may have done what the sentence asked for. */
  againMs?: number;
}

/**
 * Holds the cards to the owner's power limit while the machine works for the studio, and gives back what stood there before: when it
 * rests, when it ends, and at the next start when it was killed.
 */
export async function openPower(options: PowerOptions): Promise<AsyncDisposable> {
  const path = join(options.dataDir, "power.json");
  let fault = "";
  let held: number | null = null;
  let again = 0;
  const earlier = await restore(path);
  if (earlier.restored) options.say("The power limit that an earlier run had set was given back.");
  said(earlier.fault);

  function said(next: string): void {
    if (next) again = Date.now() + (options.againMs ?? 30_000);
    if (next === fault) return;
    fault = next;
    if (fault) options.trouble(fault);
    else options.settled();
  }

  async function follow(): Promise<void> {
    const most = options.most();
    const anew = most !== held;
    if (!anew && (!fault || Date.now() < again)) return;
    held = most;
    // What holds is left alone when only what does not is tried again.
    const left = anew || most === null ? await restore(path) : null;
    said(most === null ? left!.fault : await hold(most, path, options));
  }

  const over = new AbortController();
  const loop = (async () => {
    while (!over.signal.aborted) {
      await follow().catch((error) => options.trouble(`The power limit: ${(error as Error).message}`));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.everyMs ?? 2_000);
        over.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await loop;
      const left = await restore(path).catch(() => null);
      if (left?.fault) options.trouble(left.fault);
    },
  };
}

/** Empty, or why not. */
async function hold(most: number, path: string, options: PowerOptions): Promise<string> {
  const answer = await nvidiaSmi(POWER_ARGS);
  if (answer === null) return "The power limit is not held: there is no nvidia-smi here that could set it.";
  const cards = parsePower(answer.text);
  if (cards.length === 0) return "The power limit is not held: nvidia-smi names no card.";
  const faults: string[] = [];
  // What could not be given back is still owed.
  const kept = await readKept(path);
  for (const { limit, ...known } of cards) {
    const owed = kept.find(({ uuid }) => uuid === known.uuid);
    const card = { ...known, limit: limit === null ? null : owed?.before ?? limit };
    const target = targetOf(card, most);
    if (typeof target === "string") {
      faults.push(target);
      continue;
    }
    if (target === limit) continue;
    if (target !== most) {
      options.say(`Card ${card.index} takes ${card.min} to ${card.max} W: it is held to ${target} W.`);
    }
    const line = { uuid: card.uuid, before: card.limit!, set: target };
    const others = kept.filter(({ uuid }) => uuid !== card.uuid);
    await keep(path, [...others, line]);
    const set = await nvidiaSmi(["-i", card.uuid, "-pl", String(target)]);
    if (set?.success) {
      kept.splice(0, kept.length, ...others, line);
      options.say(`Card ${card.index} draws ${target} W at most while it works (before: ${card.limit} W).`);
    } else {
      await keep(path, kept);
      faults.push(refusal(card, target, set?.text ?? ""));
    }
  }
  return faults.length > 0 ? `The power limit is not held: ${faults.join("; ")}.` : "";
}

function refusal(card: PowerLimits, target: number, said: string): string {
  if (/insufficient permission|permission denied|root|administrator/i.test(said)) {
    return `setting it needs the system's administrator. Say it there once: ${command(card, target)}`;
  }
  return `nvidia-smi says for card ${card.index}: ${
    said.trim().split(/\r?\n/).at(-1)?.slice(0, 200) || "nothing"
  }`;
}

/** What a person types, as the administrator. */
function command({ index }: PowerLimits, watts: number): string {
  return `${Deno.build.os === "windows" ? "" : "sudo "}nvidia-smi -i ${index} -pl ${watts}`;
}

/** Whether a limit was given back, and what was not. One that somebody else has set meanwhile is theirs and stays. */
async function restore(path: string): Promise<{ restored: boolean; fault: string }> {
  const kept = await readKept(path);
  if (kept.length === 0) return { restored: false, fault: "" };
  const cards = parsePower((await nvidiaSmi(POWER_ARGS))?.text ?? "");
  const left: Kept = [];
  const faults: string[] = [];
  for (const each of kept) {
    const card = cards.find(({ uuid }) => uuid === each.uuid);
    if (!card || card.limit === null || Math.abs(card.limit - each.set) >= 1) continue;
    const set = await nvidiaSmi(["-i", each.uuid, "-pl", String(each.before)]);
    if (set?.success) continue;
    left.push(each);
    faults.push(
      `Card ${card.index} stays at ${each.set} W: nvidia-smi did not set it back to ${each.before} W. Do it with: ${
        command(card, each.before)
      }`,
    );
  }
  await keep(path, left);
  return { restored: left.length < kept.length, fault: faults.join(" ") };
}

async function readKept(path: string): Promise<Kept> {
  const kept = Kept.safeParse(parse(await Deno.readTextFile(path).catch(() => "[]")));
  return kept.success ? kept.data : [];
}

async function keep(path: string, kept: Kept): Promise<void> {
  if (kept.length === 0) return await Deno.remove(path).catch(() => {});
  using file = await Deno.open(`${path}.new`, { write: true, create: true, truncate: true, mode: 0o600 });
  await file.write(new TextEncoder().encode(JSON.stringify(kept)));
  // A machine that loses its power keeps no limit, and needs none given back; a process that dies does.
  await Deno.rename(`${path}.new`, path);
}

/** null: there is none. */
async function nvidiaSmi(args: readonly string[]): Promise<{ success: boolean; text: string } | null> {
  try {
    const { success, stdout, stderr } = await new Deno.Command("nvidia-smi", {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(15_000),
    }).output();
    return { success, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } catch {
    return null;
  }
}

function watts(field: string): number | null {
  const value = Number(field.replace(/\s*W$/, ""));
  return field === "" || !Number.isFinite(value) ? null : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { makeDatabase } from "../database.ts";
import { makeVenv } from "../giftless.ts";
import { figuresOf } from "../measure.ts";
import { alone, together } from "./memory.ts";
import { openRedis, type Redis, type Sync } from "./redis.ts";
import { report, type Row } from "./report.ts";
import { type Asked, type Measured, playRound } from "./rounds.ts";
import { openSeedStack, SEED_PACKAGES } from "./seed_stack.ts";
import { FILMS, type Stack } from "./stack.ts";
import { openStudioStack } from "./studio_stack.ts";

const SOCKETS = 1000;
const ASKERS = 16;
const WATCH_ROUNDS = 2;
const CLICK_ROUNDS = 3;
const SUBMIT_ROUNDS = 4;
/** Milliseconds that everything is left alone with its sockets open before memory is looked at. */
const SETTLE_MS = 25_000;

/**
 * The gateway beside the seed's own backend built small (FastAPI, Celery, Redis), in one run and round by round in turn: submissions,
 * from click to worker, progress on its way to a thousand sockets, memory. Throws when either loses, doubles or disorders anything.
 */
export async function seedBench(serverUrl: string): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "studio-bench-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const python = await makeVenv(folder, SEED_PACKAGES);
  const redis = python && await openRedis(folder);
  if (!python || !redis) return;
  opened.use(redis);
  const database = opened.use(await makeDatabase(serverUrl));
  const ours = opened.use(await openStudioStack(database.url, folder));
  const seed = opened.use(await openSeedStack(python, folder, redis));
  const rows = [
    ...await submissions(ours, seed, redis, 1),
    ...await submissions(ours, seed, redis, FILMS),
    ...await clicks(ours, seed, redis),
    ...await watching(ours, seed),
  ];
  console.log(
    `\nThe whole gateway beside ${seed.name}: ${ASKERS} people asking at once, ${
      SOCKETS.toLocaleString("en")
    } sockets\n${
      report(rows)
    }\n  seed: Redis syncs each write, as PostgreSQL each commit. everysec: its default; a power cut takes up to a second of accepted work.`,
  );
}

/** The three that take turns: ours, and the seed as safe and as it is by default. */
async function inTurn(
  [ours, seed, redis]: [Stack, Stack, Redis],
  asked: Asked,
  rounds: number,
): Promise<Record<"ours" | Sync, Measured[]>> {
  const played: Record<"ours" | Sync, Measured[]> = { ours: [], always: [], everysec: [] };
  for (let round = 0; round < rounds; round++) {
    played.ours.push(await playRound(ours, asked));
    for (const sync of ["always", "everysec"] as const) {
      await redis.sync(sync);
      played[sync].push(await playRound(seed, asked));
    }
  }
  return played;
}

async function submissions(ours: Stack, seed: Stack, redis: Redis, films: number): Promise<Row[]> {
  const asked = { kind: "submit", askers: ASKERS, calls: 600, films } as const;
  const before = [await ours.waiting(), await seed.waiting()] as const;
  // A first round each in which both are still being compiled, which nobody counts.
  await inTurn([ours, seed, redis], { ...asked, calls: 300 }, 1);
  const played = await inTurn([ours, seed, redis], asked, SUBMIT_ROUNDS);
  const accepted = SUBMIT_ROUNDS * asked.calls + 300;
  await holds(ours, before[0] + accepted);
  await holds(seed, before[1] + 2 * accepted);
  const rate = (rounds: Measured[]) => rounds.map((round) => figuresOf([round]).perSecond);
  costs(`submission, ${films === 1 ? "one film" : `${films} films`}`, played);
  return [{
    name: films === 1 ? "submissions, all to one film" : `submissions, to ${films} films`,
    unit: "/s",
    ours: rate(played.ours),
    seed: rate(played.always),
    relaxed: rate(played.everysec),
  }];
}

/** Everything that was accepted is in the queue, once. */
async function holds(stack: Stack, expected: number): Promise<void> {
  const waiting = await stack.waiting();
  if (waiting !== expected) {
    throw new Error(`${stack.name} has ${waiting} jobs in its queue; it accepted ${expected}`);
  }
}

async function clicks(ours: Stack, seed: Stack, redis: Redis): Promise<Row[]> {
  const played = await inTurn([ours, seed, redis], { kind: "click", clicks: 100, warm: 10 }, CLICK_ROUNDS);
  costs("click", played);
  return (["p50", "p99"] as const).map((at) => ({
    name: `from click to worker, ${at}`,
    unit: "ms",
    ours: played.ours.map((round) => figuresOf([round])[at]),
    seed: played.always.map((round) => figuresOf([round])[at]),
    relaxed: played.everysec.map((round) => figuresOf([round])[at]),
  }));
}

/** Progress passes through no file, so how Redis syncs makes no difference here. Memory is looked at in the last round. */
async function watching(ours: Stack, seed: Stack): Promise<Row[]> {
  const held = new Map<Stack, Held>();
  const played = new Map<Stack, Measured[]>([[ours, []], [seed, []]]);
  const rest = new Map([[ours, await apiOf(ours)], [seed, await apiOf(seed)]]);
  for (let round = 1; round <= WATCH_ROUNDS; round++) {
    for (const stack of [ours, seed]) {
      played.get(stack)!.push(
        await playRound(stack, { kind: "watch", sockets: SOCKETS }, async (worker) => {
          if (round === WATCH_ROUNDS) held.set(stack, await look(stack, worker));
        }),
      );
    }
  }
  const of = (stack: Stack, at: "p50" | "p99") => played.get(stack)!.map((round) => figuresOf([round])[at]);
  const memory = (name: string, value: (stack: Stack) => number): Row => ({
    name,
    unit: "MiB",
    ours: [value(ours)],
    seed: [value(seed)],
  });
  return [
    { name: "progress to 1,000 sockets, p50", unit: "ms", ours: of(ours, "p50"), seed: of(seed, "p50") },
    { name: "progress to 1,000 sockets, p99", unit: "ms", ours: of(ours, "p99"), seed: of(seed, "p99") },
    memory("memory of the API after all submissions", (stack) => rest.get(stack)!),
    memory("memory of the API with 1,000 sockets", (stack) => held.get(stack)!.api),
    memory("with database or broker", (stack) => held.get(stack)!.api + held.get(stack)!.beside),
    memory(
      "with database or broker, and a worker",
      (stack) => held.get(stack)!.api + held.get(stack)!.beside + held.get(stack)!.worker,
    ),
  ];
}

/** MiB. */
interface Held {
  api: number;
  beside: number;
  worker: number;
}

async function look(stack: Stack, worker: number[]): Promise<Held> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return {
    api: await apiOf(stack),
    beside: await together(await stack.beside()),
    worker: await ofProcesses(worker),
  };
}

async function apiOf(stack: Stack): Promise<number> {
  return await ofProcesses(await stack.api());
}

/** A process alone with all that it maps: the bench and its client are the same program as our gateway, and would share it away. */
async function ofProcesses(pids: number[]): Promise<number> {
  return pids.length === 1 ? await alone(pids[0]!) : await together(pids);
}

/** Milliseconds of processor that one of them costs: what can be compared on a machine that others use as well. */
function costs(what: string, played: Record<"ours" | Sync, Measured[]>): void {
  const each = (rounds: Measured[], of: (round: Measured) => number) => {
    const calls = rounds.reduce((sum, round) => sum + round.times.length, 0);
    return (1000 * rounds.reduce((sum, round) => sum + of(round), 0) / calls).toFixed(2);
  };
  const say = (rounds: Measured[]) =>
    `${each(rounds, (round) => round.api)} + ${each(rounds, (round) => round.beside)} (client ${
      each(rounds, (round) => round.own)
    })`;
  console.log(
    `  processor ms of a ${what}, API + database or broker: studio ${say(played.ours)}, seed ${
      say(played.always)
    }, everysec ${say(played.everysec)}`,
  );
}

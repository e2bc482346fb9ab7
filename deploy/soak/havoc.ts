import { until } from "../system/farm.ts";
import type { Process } from "../system/processes.ts";
import type { Cluster } from "./cluster.ts";

export interface HavocOptions {
  seconds: number;
  /** Seconds between two kills, and until the killed one is started again. */
  killEvery: number;
  downFor: number;
  say(sentence: string): void;
}

export interface Havoc {
  kills: number;
  /** What the crew had under way when a gateway died, over all kills: `lease`, `render`, `complete`… */
  underWay: Record<string, number>;
}

/**
 * Kills a gateway every so often, in turn, the process alone and with everything it had started by turns, and cuts PostgreSQL off once, half
 * way; at the end all run again. On a machine where a gateway takes longer to start than that, so does the whole.
 */
export async function havoc(
  cluster: Cluster,
  crew: Process[],
  { seconds, killEvery, downFor, say }: HavocOptions,
): Promise<Havoc> {
  const began = performance.now();
  const at = () => (performance.now() - began) / 1000;
  const underWay: Record<string, number> = {};
  let kills = 0, restarted = false;
  const coming: Promise<void>[] = [];
  for (let nth = 1; nth * killEvery <= seconds; nth++) {
    if (!restarted && nth * killEvery > seconds / 2) {
      await sleep((nth - 0.5) * killEvery - at());
      say(`${Math.round(at())} s: PostgreSQL is cut off and started again`);
      await cluster.postgres.restart("immediate");
      restarted = true;
    }
    await sleep(nth * killEvery - at());
    // One at a time, however slow the machine: those that are killed come back first.
    await Promise.all(coming);
    const gateway = cluster.gateways[nth % cluster.gateways.length]!;
    for (const each of crew) each.tell("SIGUSR1");
    const whole = nth % 2 === 0;
    if (whole) await gateway.killWhole();
    else await gateway.kill();
    kills++;
    const back = sleep(downFor).then(() => gateway.start());
    // It is waited for before the next.
    back.catch(() => {});
    coming.push(back);
    say(`${Math.round(at())} s: ${gateway.name} was killed${whole ? ", and all that it had started" : ""}`);
    for (const [what, count] of await lastLooks(crew, kills)) underWay[what] = (underWay[what] ?? 0) + count;
  }
  await sleep(seconds - at());
  await Promise.all(coming);
  return { kills, underWay };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000)));
}

/** What each crew said was under way, the `nth` time that it was asked. */
async function lastLooks(crew: Process[], nth: number): Promise<[string, number][]> {
  const looks: [string, number][] = [];
  for (const each of crew) {
    const line = await until(
      "the crew to say what is under way",
      () => [...each.output().matchAll(/^under way (.*)$/gm)][nth - 1]?.[1] ?? false,
      each.output,
    );
    looks.push(...Object.entries<number>(JSON.parse(line)));
  }
  return looks.filter(([, count]) => count > 0);
}

import type { Process } from "../system/processes.ts";

export interface DonorOptions {
  /** Seconds that it is there, and that it is away. */
  here: number;
  away: number;
  stop: AbortSignal;
  say(sentence: string): void;
}

/** Somebody's own machine, which helps when it is on: once it is switched off, once the lid is shut on it. How often it went. */
export async function comeAndGo(agent: Process, { here, away, stop, say }: DonorOptions): Promise<number> {
  let times = 0;
  for (;;) {
    await wait(here, stop);
    if (stop.aborted) return times;
    const how = times % 2 ? "SIGTERM" : "SIGKILL";
    await agent.kill(how);
    times++;
    say(`A donor's machine went away (${how})`);
    await wait(away, stop);
    agent.start();
  }
}

function wait(seconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const timer = setTimeout(resolve, seconds * 1000);
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

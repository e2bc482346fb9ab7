import { isBeat } from "../../../shared/events/beat.ts";
import process from "node:process";
import { clock, EVENTS, type Target } from "./stack.ts";

/**
 * The load, a process of its own and the same for every stack: `load.ts PLAN` (JSON) does one round and prints one line of JSON. After
 * that it keeps its sockets open until its standard input ends.
 */
export type Plan =
  /** So many askers at once ask, one after another, `calls` times in all; each is another film's turn. */
  | { kind: "submit"; target: Target; askers: number; calls: number; films: number }
  /** A person clicks, waits until a worker has the job, and clicks again. `warm`: clicks before those that count. */
  | { kind: "click"; target: Target; stamps: number; clicks: number; warm: number }
  /** A job's progress on its way to so many sockets. */
  | { kind: "watch"; target: Target; stamps: number; sockets: number };

export interface Round {
  /** Milliseconds of each. */
  times: number[];
  seconds: number;
  /** Processor seconds of the client itself. */
  own: number;
}

const PATIENCE_MS = 60_000;

async function submit({ target, askers, calls, films }: Plan & { kind: "submit" }): Promise<Round> {
  const seen = new Set<string>();
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: askers }, async () => {
    while (next < calls) {
      const project = target.queued.projects[next++ % films]!;
      const start = performance.now();
      const id = await ask(target, project, target.queued.body);
      times.push(performance.now() - start);
      if (seen.has(id)) throw new Error(`Two answers name the same job ${id}`);
      seen.add(id);
    }
  }));
  return { times, seconds: (performance.now() - began) / 1000, own: ownSeconds() };
}

async function click({ target, stamps, clicks, warm }: Plan & { kind: "click" }): Promise<Round> {
  using worker = openStamps(stamps);
  const times: number[] = [];
  const began = performance.now();
  for (let n = 0; n < warm + clicks; n++) {
    const start = clock();
    const id = await ask(target, target.click.project, target.click.body);
    const took = await worker.stampOf(id) - start;
    if (n >= warm) times.push(took);
    // The worker goes back to waiting, and nobody clicks in step with anything.
    await pause(15 + Math.random() * 30);
  }
  worker.once();
  return { times, seconds: (performance.now() - began) / 1000, own: ownSeconds() };
}

async function watch({ target, stamps, sockets }: Plan & { kind: "watch" }): Promise<Round> {
  using worker = openStamps(stamps);
  const url = `${target.base.replace("http", "ws")}/api/events?project=${target.film.project}`;
  const times: number[] = [];
  let watched: string | null = null;
  const ends: Promise<void>[] = [];
  const opening = Array.from({ length: sockets }, (_, n) => n);
  const openNext = async (): Promise<void> => {
    for (let n = opening.shift(); n !== undefined; n = opening.shift()) {
      const opened = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      ends.push(ended.promise);
      let heard = 0;
      const socket = openSocket(url, target.screens[n % target.screens.length]!);
      socket.onmessage = ({ data }) => {
        const at = clock();
        if (isBeat(data)) return;
        const event = JSON.parse(data);
        if (event.type === "state") return opened.resolve();
        if (event.type !== "progress") return;
        watched ??= event.job_id;
        const [, nth, , , , sent] = event.progress.stage.split(" ");
        times.push(at - Number(sent));
        if (Number(nth) !== ++heard) {
          ended.reject(new Error(`Socket ${n} heard event ${nth} as its ${heard}.`));
        } else if (heard === EVENTS) ended.resolve();
      };
      socket.onclose = ({ code, reason }) => {
        const error = new Error(`Socket ${n} was closed: ${code} ${reason}`);
        opened.reject(error);
        ended.reject(error);
      };
      await within(opened.promise, `socket ${n} to open`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, openNext));
  const before = ownSeconds();
  const began = performance.now();
  const asked = await ask(target, target.film.project, target.film.body);
  await worker.stampOf(asked);
  await within(Promise.all(ends), `${EVENTS} events at each of ${sockets} sockets`);
  worker.once();
  if (watched !== asked) throw new Error(`The sockets heard of job ${watched}, asked for was ${asked}`);
  return { times, seconds: (performance.now() - began) / 1000, own: ownSeconds() - before };
}

/** Asks for one take; the job's id. Throws with what was answered when it is not accepted. */
async function ask({ base, token }: Target, project: string, body: unknown): Promise<string> {
  const answer = await fetch(`${base}/api/projects/${project}/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`${base} answered ${answer.status}: ${text}`);
  return JSON.parse(text).jobs[0].id;
}

/** What the worker says of jobs in hand, on a port of ours that it connects to with the first. */
function openStamps(port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const stamps = new Map<string, PromiseWithResolvers<number>>();
  const counts = new Map<string, number>();
  const of = (id: string) => {
    const stamp = stamps.get(id) ?? Promise.withResolvers<number>();
    stamps.set(id, stamp);
    return stamp;
  };
  void (async () => {
    const connected = await listener.accept();
    let rest = "";
    for await (const chunk of connected.readable.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const [id, at] = line.split(" ") as [string, string];
        counts.set(id, (counts.get(id) ?? 0) + 1);
        of(id).resolve(Number(at));
      }
    }
  })().catch(() => {});
  return {
    stampOf: (id: string) => within(of(id).promise, `a worker to take ${id}`),
    /** Throws when a job was in hand twice. */
    once(): void {
      for (const [id, count] of counts) {
        if (count !== 1) throw new Error(`Job ${id} was taken ${count} times`);
      }
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

function openSocket(url: string, token: string): WebSocket {
  // Headers are Deno's extension: the type is the browser's.
  const Socket = WebSocket as unknown as new (url: string, options: { headers: HeadersInit }) => WebSocket;
  return new Socket(url, { headers: { authorization: `Bearer ${token}` } });
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`Waited too long for ${what}`)), PATIENCE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (import.meta.main) {
  const plan = JSON.parse(Deno.args[0]!) as Plan;
  const round = plan.kind === "submit"
    ? await submit(plan)
    : plan.kind === "click"
    ? await click(plan)
    : await watch(plan);
  console.log(JSON.stringify(round));
  // The sockets stay open until whoever started this has looked at the memory.
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}

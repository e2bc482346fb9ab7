import { join } from "@std/path";
import { openFullComfyUi } from "../../agent/runners/testing/comfyui.ts";
import type { Project } from "../demo/client.ts";
import { until, within } from "../system/farm.ts";
import { joinAgent, openProcess, type Process } from "../system/processes.ts";
import { agree, type Agreed } from "./agree.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import type { Told } from "./person.ts";

export interface SoakOptions {
  seconds: number;
  gateways: number;
  /** In `crews` processes; beside two real agent processes. */
  agents: number;
  crews: number;
  people: number;
  /** Seconds between two kills, and until the killed one is started again. */
  killEvery: number;
  downFor: number;
  say(sentence: string): void;
}

export interface Soaked extends Agreed {
  kills: number;
  /** What the crew had under way when a gateway died, over all kills: `lease`, `render`, `complete`… */
  underWay: Record<string, number>;
  told: Told[];
  /** Lines of level `error` that the gateways wrote. */
  errors: string[];
  /** What nginx answered with 500 and more, by status and path, ids left out. */
  faults: Record<string, number>;
}

/** As in a deployment, only quicker: a lease is given up after 20 s. */
const TIMES = { LEASE_SECONDS: "20", HEARTBEAT_SECONDS: "4", POLL_SECONDS: "15" };

/**
 * Several gateways behind nginx, agents and people at work, one gateway after the other killed, PostgreSQL cut off once in the middle; then
 * everything must agree. Rejects with what does not.
 */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { people, crews, agents, say } = options;
  await using opened = new AsyncDisposableStack();
  const cluster = opened.use(await openCluster({ gateways: options.gateways, env: TIMES }));
  const comfyui = opened.use(await openFullComfyUi());
  const projects = await Promise.all(
    ["Salt", "Fog"].map((title) =>
      cluster.owner.call<Project>("POST", "/projects", { title, width: 320, height: 180 })
    ),
  );
  const hands: Process[] = [];
  opened.defer(async () => {
    await Promise.all(hands.map((each) => each.kill("SIGKILL")));
  });
  const start = (each: Process) => {
    hands.push(each);
    each.start();
    return each;
  };
  const code = async (uses: number) =>
    (await cluster.owner.call<{ code: string }>("POST", "/agents/join-codes", { uses })).code;
  for (const name of ["attic", "cellar"]) {
    start(
      await joinAgent({
        gateway: cluster.url,
        storeOrigins: [cluster.url, cluster.bucket.endpoint],
        code: await code(1),
        name,
        folder: join(cluster.folder, name),
        args: ["--comfyui", comfyui.url],
      }),
    );
  }
  const each = Math.ceil(agents / crews);
  const crew: Process[] = [];
  for (let nth = 1; nth <= crews; nth++) {
    const args = [cluster.url, await code(each), String(each), cluster.folder, `crew ${nth}`];
    crew.push(start(openProcess(["run", "-A", "deploy/soak/crew.ts", ...args], {})));
  }
  await until(
    "the agents to be online",
    async () => {
      const { items } = await cluster.owner.call<{ items: { state: string }[] }>("GET", "/agents?limit=200");
      return items.filter((agent) => agent.state === "online").length >= each * crews + 2;
    },
    () => hands.map((hand) => hand.output()).join("\n"),
    90,
  );
  const artists: Process[] = [];
  for (let nth = 1; nth <= people; nth++) {
    const name = `p${nth}`;
    const { url } = await cluster.owner.call<{ url: string }>("POST", "/auth/links", {
      name,
      role: "artist",
    });
    const args = [url, projects[nth % projects.length]!.id, name];
    artists.push(
      start(openProcess(["run", "-A", `--location=${cluster.url}`, "deploy/soak/person.ts", ...args], {})),
    );
  }
  say(`${options.gateways} gateways, ${each * crews + 2} agents, ${people} people: ${cluster.url}`);

  const { kills, underWay } = await havoc(cluster, crew, options);

  for (const artist of artists) artist.tell("SIGTERM");
  const told: Told[] = [];
  for (const artist of artists) {
    await within(300, "a person to have everything", artist.ended());
    const line = /^told (.*)$/m.exec(artist.output());
    if (!line) throw new Error(`A person's page broke:\n${artist.output().slice(-3000)}`);
    told.push(JSON.parse(line[1]!));
  }
  say("The people have everything; looking whether all agrees");
  const errors = cluster.gateways.flatMap((gateway) =>
    gateway.output().split("\n").filter((line) => line.includes('"level":"error"')).map((line) =>
      `${gateway.name} ${line}`
    )
  );
  const faults: Record<string, number> = {};
  for (const line of await cluster.answers()) {
    if (!/^5/.test(line)) continue;
    const [status, method, path] = line.split(" ");
    const kind = `${status} ${method} ${path!.replace(/[0-9a-f-]{36}(\.\d+)?/g, "*")}`;
    faults[kind] = (faults[kind] ?? 0) + 1;
  }
  return { ...await agree(cluster, projects, told), kills, underWay, told, errors, faults };
}

/** Kills a gateway every so often, in turn, and cuts PostgreSQL off once, half way; at the end all run again. */
async function havoc(
  cluster: Cluster,
  crew: Process[],
  { seconds, killEvery, downFor, say }: SoakOptions,
): Promise<{ kills: number; underWay: Record<string, number> }> {
  const began = performance.now();
  const at = () => (performance.now() - began) / 1000;
  const sleep = (s: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, s * 1000)));
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
    const gateway = cluster.gateways[nth % cluster.gateways.length]!;
    for (const each of crew) each.tell("SIGUSR1");
    await gateway.kill();
    kills++;
    coming.push(sleep(downFor).then(() => gateway.start()));
    say(`${Math.round(at())} s: ${gateway.name} was killed`);
    for (const [what, count] of await lastLooks(crew, kills)) underWay[what] = (underWay[what] ?? 0) + count;
  }
  await sleep(seconds - at());
  await Promise.all(coming);
  return { kills, underWay };
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

import type { Project } from "../demo/client.ts";
import { within } from "../system/farm.ts";
import { type Agents, openAgents } from "./agents.ts";
import { agree, type Agreed } from "./agree.ts";
import { type Cast, lastWords, openCast, type Worked } from "./cast.ts";
import { type Cluster, openCluster } from "./cluster.ts";
import { comeAndGo } from "./donor.ts";
import { type Havoc, havoc, type HavocOptions } from "./havoc.ts";
import { assertNothingLeft } from "./left_behind.ts";
import type { PageTold } from "./page.ts";
import { triedAgain } from "./report.ts";
import { reportProgress } from "./progress.ts";
import { assertSeen } from "./seen.ts";

export interface SoakOptions extends HavocOptions {
  gateways: number;
  /** In `crews` processes; beside two real agent processes. */
  agents: number;
  crews: number;
  people: number;
  /** Of those who work with git at a desk of their own. */
  pushers: number;
  /** Seconds that a donor's machine is there, and away. */
  donor: { here: number; away: number };
}

export interface Soaked extends Agreed, Havoc, Worked {
  viewer: PageTold;
  agents: number;
  /** Times the donor's machine went. */
  gone: number;
  /** Lines of level `error` that the gateways wrote. */
  errors: string[];
  /** What nginx answered with 500 and more, by status and path, ids left out. */
  faults: Record<string, number>;
  /** Temporary files that killed gateways left, which housekeeping took away. */
  left: number;
}

/** As in a deployment, only quicker: a lease is given up after 20 s. */
const TIMES = { LEASE_SECONDS: "20", HEARTBEAT_SECONDS: "4", POLL_SECONDS: "15" };

/**
 * Several gateways behind nginx, agents and people at work, one gateway after the other killed, PostgreSQL cut off once in the middle; then
 * everything must agree. Rejects with what does not.
 */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { say } = options;
  await using cluster = await openCluster({ gateways: options.gateways, env: TIMES });
  const film = (title: string) =>
    cluster.owner.call<Project>("POST", "/projects", { title, width: 320, height: 180 });
  const projects = await Promise.all(["Salt", "Fog"].map(film));
  const reel = await film("Reel");
  await using agents = await openAgents(cluster, { count: options.agents, crews: options.crews });
  await using cast = await openCast(cluster, { ...options, projects, reel });
  const { people, pushers, gateways } = options;
  say(
    `${gateways} gateways, ${agents.count} agents, ${people + 2} people, ${pushers} at git: ${cluster.url}`,
  );

  const during = new AbortController();
  const progress = reportProgress(cluster.databaseUrl, { say, stop: during.signal });
  const going = comeAndGo(agents.donor, { ...options.donor, stop: during.signal, say });
  const wrecked = await havoc(cluster, agents.crews, options);
  during.abort();
  const gone = await going;
  await progress;

  say("All gateways run again; waiting until everybody has everything");
  const worked = await cast.finish();
  const pushes = worked.pushers.flatMap((each) => each.pushed).length;
  say(`${pushes} pushes, ${worked.director.films.length} films; at git ${triedAgain(worked.pushers)}`);
  say("Looking whether all agrees");
  await assertSeen(cluster, cast);
  const agreed = await agree(cluster, { projects, reel, worked });
  const { viewer, errors } = await closeAll(cluster, agents, cast);
  return {
    ...{ ...agreed, ...wrecked, ...worked, viewer, errors, gone, agents: agents.count },
    faults: await faultsOf(cluster),
    left: await assertNothingLeft(cluster),
  };
}

/** Everybody goes home, and the gateways close as they are meant to: by themselves, when they are asked. */
async function closeAll(
  cluster: Cluster,
  { crews, attic, donor }: Agents,
  cast: Cast,
): Promise<{ viewer: PageTold; errors: string[] }> {
  cast.viewer.tell("SIGTERM");
  const viewer = await lastWords(cast.viewer);
  const agents = [...crews, attic, donor];
  for (const each of agents) each.tell("SIGTERM");
  for (const each of agents) await within(60, "an agent to end", each.ended());
  for (const gateway of cluster.gateways) {
    const code = await within(60, `${gateway.name} to end`, gateway.stop());
    if (code !== 0) throw new Error(`${gateway.name} ended with ${code}:\n${gateway.output().slice(-2000)}`);
  }
  const errors = cluster.gateways.flatMap(({ name, output }) =>
    output().split("\n").filter((line) => line.includes('"level":"error"')).map((line) => `${name} ${line}`)
  );
  return { viewer, errors };
}

async function faultsOf(cluster: Cluster): Promise<Record<string, number>> {
  const faults: Record<string, number> = {};
  for (const line of await cluster.answers()) {
    if (!/^5/.test(line)) continue;
    const [status, method, path] = line.split(" ");
    const kind = `${status} ${method} ${path!.replace(/[0-9a-f-]{36}(\.\d+)?/g, "*")}`;
    faults[kind] = (faults[kind] ?? 0) + 1;
  }
  return faults;
}

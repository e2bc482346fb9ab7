import { join } from "@std/path";
import { enter, type Project } from "../demo/client.ts";
import { within } from "../system/farm.ts";
import { openProcess, type Process } from "../system/processes.ts";
import type { Cluster } from "./cluster.ts";
import type { Directed } from "./director.ts";
import type { PageTold } from "./page.ts";
import type { Told } from "./person.ts";
import { pushAround, type PusherTold } from "./pusher.ts";

/** Everybody who works at the studio; disposing closes their pages. */
export interface Cast extends AsyncDisposable {
  /** People draw, make takes and push, and the director cuts, until they have everything: then what must be there. */
  finish(): Promise<Worked>;
  viewer: Process;
  /** The project that the viewer looks at. */
  viewed: Project;
}

export interface Worked {
  people: Told[];
  director: Directed;
  pushers: PusherTold[];
}

export interface CastOptions {
  people: number;
  pushers: number;
  /** Those that people draw on, and that of the director. */
  projects: Project[];
  reel: Project;
}

export async function openCast(
  cluster: Cluster,
  { people, pushers, projects, reel }: CastOptions,
): Promise<Cast> {
  await using opened = new AsyncDisposableStack();
  const invite = async (name: string, role: string) =>
    (await cluster.owner.call<{ url: string }>("POST", "/auth/links", { name, role })).url;
  const sitDown = async (program: string, name: string, { project, role = "artist" }: {
    project: Project;
    role?: string;
  }) => {
    const args = [await invite(name, role), project.id, name];
    const process = openProcess(
      ["run", "-A", `--location=${cluster.url}`, `deploy/soak/${program}.ts`, ...args],
      {},
    );
    opened.defer(() => process.kill("SIGKILL"));
    process.start();
    return process;
  };
  const artists: Process[] = [];
  for (let nth = 1; nth <= people; nth++) {
    artists.push(await sitDown("person", `p${nth}`, { project: projects[nth % projects.length]! }));
  }
  const director = await sitDown("director", "director", { project: reel });
  const viewed = projects[0]!;
  const viewer = await sitDown("viewer", "viewer", { project: viewed, role: "viewer" });
  const stop = new AbortController();
  const pushing: Promise<PusherTold>[] = [];
  for (let nth = 1; nth <= pushers; nth++) {
    const name = `g${nth}`;
    const project = projects[nth % projects.length]!;
    using session = await enter(await invite(name, "artist"));
    const { token } = await session.call<{ token: string }>("POST", "/auth/tokens", { name: "git" });
    const url = new URL(new URL(project.git_url).pathname, cluster.url);
    url.username = name;
    url.password = token;
    const pushed = pushAround({ name, project, url, folder: join(cluster.folder, name), stop: stop.signal });
    pushed.catch(() => {});
    pushing.push(pushed);
  }
  opened.defer(async () => {
    stop.abort();
    await Promise.allSettled(pushing);
  });
  const stack = opened.move();
  return {
    viewer,
    viewed,
    async finish() {
      stop.abort();
      for (const each of [...artists, director]) each.tell("SIGTERM");
      const told: Told[] = [];
      for (const artist of artists) told.push(await lastWords(artist));
      return {
        people: told,
        director: await lastWords(director),
        pushers: await within(300, "all to be pushed", Promise.all(pushing)),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What a page tells when it ends. */
export async function lastWords<T extends PageTold>(page: Process): Promise<T> {
  await within(300, "a person to have everything", page.ended());
  const line = /^told (.*)$/m.exec(page.output());
  if (!line) throw new Error(`A person's page broke:\n${page.output().slice(-3000)}`);
  return JSON.parse(line[1]!);
}

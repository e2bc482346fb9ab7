import { join } from "@std/path";
import postgres from "postgres";
import { startProgram } from "../../../gateway/testing/program.ts";
import { enter, type Project, type Session } from "../../demo/client.ts";
import { serve } from "../peer_process.ts";
import { treeOf } from "./memory.ts";
import { CLICK_PROMPT, FILMS, PROGRESS_PROMPT, type Stack } from "./stack.ts";

/** A gateway lets one person have 64 sockets. */
const PEOPLE = 20;

/** The gateway as the process that it is in a deployment, on a PostgreSQL. */
export async function openStudioStack(databaseUrl: string, folder: string): Promise<Stack> {
  await using opened = new AsyncDisposableStack();
  const program = opened.use(
    await startProgram({
      STUDIO_DATA: join(folder, "studio"),
      DATABASE_URL: databaseUrl,
      S3_BUCKET: "",
      LOG_LEVEL: "info",
    }),
  );
  const owner = opened.use(await enter(program.link!));
  const { token } = await owner.call<{ token: string }>("POST", "/auth/tokens", { name: "bench" });
  const screens = await invite(owner, PEOPLE);
  const film = await makeFilm(owner, "Film", ["default"]);
  const queued: string[] = [];
  for (let n = 0; n < FILMS; n++) queued.push(await makeFilm(owner, `Queue ${n}`, ["elsewhere"]));
  const { code } = await owner.call<{ code: string }>("POST", "/agents/join-codes", { uses: 1000 });
  const sql = postgres(databaseUrl, { max: 1 });
  opened.defer(() => sql.end());
  const stack = opened.move();
  return {
    name: "studio",
    target: {
      base: program.url,
      token,
      queued: { projects: queued, body: { node_id: "still" } },
      click: { project: film, body: { node_id: "still" } },
      film: { project: film, body: { node_id: "clip" } },
      screens,
    },
    api: () => Promise.resolve([program.pid]),
    beside: () => serversOf(sql),
    async waiting() {
      const [row] = await sql<{ n: number }[]>`
        select count(*)::int as n from jobs where pool = 'elsewhere' and state = 'queued'`;
      return row!.n;
    },
    openWorker(stamps) {
      const worker = serve(Deno.execPath(), [
        ...["run", "--no-check", "--allow-net", "--allow-env", join(import.meta.dirname!, "worker.ts")],
        ...[program.url, code, String(stamps)],
      ], { cwd: folder });
      return Promise.resolve({ ...worker, pids: () => treeOf(worker.pid) });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A film with two nodes: one is made at once, the other tells how it gets on. */
async function makeFilm(owner: Session, title: string, pools: string[]): Promise<string> {
  const { id } = await owner.call<Project>("POST", "/projects", { title });
  await owner.call("PATCH", `/projects/${id}`, { pools });
  const node = (nodeId: string, x: number, prompt: string) => ({
    ...{ id: nodeId, type: "generate_image", title: nodeId, shot: nodeId.toUpperCase() },
    ...{ position: { x, y: 0 }, prompt, runner: "flux-image" },
  });
  const graph = { nodes: [node("still", 0, CLICK_PROMPT), node("clip", 400, PROGRESS_PROMPT)], edges: [] };
  await owner.call("PUT", `/projects/${id}/canvas`, { graph });
  return id;
}

/** So many people let in by link, each with an access token. */
async function invite(owner: Session, people: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 0; n < people; n++) {
    const { url } = await owner.call<{ url: string }>("POST", "/auth/links", {
      name: `Person ${n}`,
      role: "viewer",
    });
    using person = await enter(url);
    tokens.push((await person.call<{ token: string }>("POST", "/auth/tokens", { name: "screen" })).token);
  }
  return tokens;
}

/** PostgreSQL's processes but for those that serve the bench itself. */
async function serversOf(sql: postgres.Sql): Promise<number[]> {
  const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const stat = await Deno.readTextFile(`/proc/${own!.pid}/stat`);
  const postmaster = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  const others = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity
    where backend_type = 'client backend' and (datname is distinct from current_database() or pid = pg_backend_pid())`;
  return (await treeOf(postmaster)).filter((pid) => !others.some((other) => other.pid === pid));
}

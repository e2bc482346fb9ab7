import assert from "node:assert/strict";
import postgres from "postgres";
import type { Canvas, Project } from "../demo/client.ts";
import { assertAgreement, git, repositoryOf } from "../system/agree.ts";
import { until } from "../system/farm.ts";
import type { z } from "zod";
import type { Cluster } from "./cluster.ts";
import { assertFilms } from "./films.ts";
import { assertPushed } from "./pushed.ts";
import { tool } from "./tools.ts";
import type { Worked } from "./cast.ts";
import type { Cut } from "./director.ts";
import type { Told } from "./person.ts";

export interface Agreed {
  jobs: number;
  takes: number;
  gestures: number;
  films: number;
  /** Attempts that a job took beyond the first, over all jobs. */
  repeated: number;
  /** Seconds until a job was begun, and until it had ended: of half of them, of 99 in 100, of all. */
  begun: number[];
  ended: number[];
}

/** Everything that people did, and on what. */
export interface Claims {
  projects: Project[];
  /** That of the director. */
  reel: Project;
  worked: Worked;
}

/**
 * What people were told, PostgreSQL, Git and the bucket say the same: every gesture is on the canvas and in Git, every job that was asked
 * for is there and no other, each ended once with one take, every push that was taken is in the history, every film is what its director
 * cut, every session is what it was. Rejects with what is not so.
 */
export async function agree(cluster: Cluster, { projects, reel, worked }: Claims): Promise<Agreed> {
  const { people, director, pushers } = worked;
  const pages = [...people, director];
  await using sql = openSql(cluster.databaseUrl);
  const sessions = await sql.query<{ name: string; sessions: number }>(
    `select u.name, count(*)::int as sessions from tokens t join users u on u.id = t.user_id
     where t.kind = 'session' and t.revoked_at is null and u.name = any($1) group by u.name order by u.name`,
    [pages.map((person) => person.name)],
  );
  assert.deepEqual(
    sessions.map((row) => [row.name, row.sessions]).sort(),
    pages.map((person) => [person.name, 1]).sort(),
    "each has the one session that they began with",
  );
  for (const { name, complaints, stillMe, signedOut } of pages) {
    assert.deepEqual(complaints, [], `${name} was shown this`);
    assert.ok(stillMe && !signedOut, `${name} was signed out`);
  }
  const jobs = await assertJobs(sql, pages);
  await assertFilmJobs(sql, director.films);
  let takes = 0;
  for (const project of [...projects, reel]) {
    if (project !== reel) await assertCanvas(cluster, project, people);
    takes += (await assertAgreement(cluster.owner, project, cluster.dataDir)).length;
  }
  assert.equal(takes, jobs.length);
  for (const project of projects) await assertPushed(cluster, project, pushers);
  await assertFilms(cluster.owner, reel, director.films);
  const all = projects.length + 1;
  assert.match(await tool("fsck", cluster.env), new RegExp(`^${all} projects looked at: 0 wrong`, "m"));
  const [times] = await sql.query<{ begun: number[]; ended: number[] }>(
    `select percentile_cont(array[0.5, 0.99, 1]) within group (order by extract(epoch from started_at - created_at)) as begun,
       percentile_cont(array[0.5, 0.99, 1]) within group (order by extract(epoch from finished_at - created_at)) as ended
     from jobs where kind = 'generate'`,
  );
  return {
    ...times!,
    jobs: jobs.length,
    takes,
    films: director.films.length,
    gestures: pages.reduce((sum, person) => sum + person.gestures, 0),
    repeated: jobs.reduce((sum, job) => sum + Math.max(0, job.attempt - 1), 0),
  };
}

interface JobRow {
  id: string;
  state: string;
  attempt: number;
  error: unknown;
  takes: number;
  ends: number;
}

async function assertJobs(
  sql: Asking,
  pages: { name: string; jobs: Record<string, string> }[],
): Promise<JobRow[]> {
  const jobs = await sql.query<JobRow>(
    `select j.id, j.state, j.attempt, j.error, (select count(*)::int from takes t where t.job_id = j.id) as takes,
       (select count(*)::int from job_events e where e.job_id = j.id and e.data->>'to' = 'succeeded') as ends
     from jobs j where j.kind = 'generate' order by j.id`,
  );
  assert.deepEqual(
    jobs.map((job) => job.id),
    pages.flatMap((person) => Object.keys(person.jobs)).sort(),
    "the jobs are those that people asked for, and no other",
  );
  assert.deepEqual(
    jobs.filter((job) => job.state !== "succeeded" || job.takes !== 1 || job.ends !== 1),
    [],
    "each ended once, with one take",
  );
  for (const { name, jobs } of pages) {
    const open = Object.entries(jobs).filter(([, state]) => !["succeeded", "ended"].includes(state));
    assert.deepEqual(open, [], `${name} sees these as not made`);
  }
  return jobs;
}

/** The films are those that were asked for, and each was rendered once. */
async function assertFilmJobs(sql: Asking, films: Cut[]): Promise<void> {
  const rows = await sql.query<{ id: string; job: string; state: string; error: unknown; made: boolean }>(
    `select e.id, j.id as job, j.state, j.error, e.oid is not null as made
     from jobs j left join exports e on e.job_id = j.id where j.kind = 'assemble' order by j.id`,
  );
  assert.deepEqual(
    rows.map(({ id, job }) => [id, job]),
    films.map(({ id, job }) => [id, job]).sort(([, a], [, b]) => a! < b! ? -1 : 1),
    "the films are those that the director asked for, and no other",
  );
  assert.deepEqual(rows.filter((row) => row.state !== "succeeded" || !row.made), [], "each was rendered");
  assert.deepEqual(
    films.filter((film) => film.state !== "rendered"),
    [],
    "the director sees these as not made",
  );
}

/** Everything that people did is there, and in Git. */
async function assertCanvas(cluster: Cluster, project: Project, told: Told[]): Promise<void> {
  const { graph } = await cluster.owner.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const here = told.filter((person) => Object.keys(person.prompts).some((id) => nodes.has(id)));
  for (const { name, notes, gone, prompts } of here) {
    assert.deepEqual(notes.filter((id) => !nodes.has(id)), [], `${name} drew these, and they are gone`);
    assert.deepEqual(gone.filter((id) => nodes.has(id)), [], `${name} took these away, and they are back`);
    for (const [id, prompt] of Object.entries(prompts)) {
      const node = nodes.get(id);
      assert.equal(node && "prompt" in node ? node.prompt : null, prompt, `${name} wrote this last`);
    }
  }
  await until("project.json to be the canvas", async () => {
    const text = await git(repositoryOf(project, cluster.dataDir), "show", "main:project.json");
    const ids = (of: { nodes: { id: string }[] }) => of.nodes.map((node) => node.id).sort().join();
    return ids(JSON.parse(text).canvas) === ids(graph);
  });
}

interface Asking extends AsyncDisposable {
  query<T>(text: string, values?: unknown[]): Promise<T[]>;
}

function openSql(url: string): Asking {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return {
    query: async <T>(text: string, values: unknown[] = []) =>
      [...await sql.unsafe(text, values as never[])] as T[],
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

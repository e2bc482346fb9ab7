import type { z } from "zod";
import type { StateEvent } from "../../shared/events/events.ts";
import { FINAL_STATES, type JobState } from "../../shared/jobs/job.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { listNotices } from "./notices.ts";

const UNFINISHED: JobState[] = ["leased", "queued", "blocked"];
/** How much a screen opens with; older ones are read over HTTP. */
const FINISHED_JOBS = 100;
const WAITING_JOBS = 1000;
const AGENTS = 1000;
const EXPORTS = 50;
const NOTICES = 50;

type State = z.infer<typeof StateEvent>;

/**
 * Reads states for screens. Screens of one film that ask while a reading is under way share the next: after a restart a thousand come
 * back in the same second, and each needs what is true after it has asked, not a reading of its own.
 */
export function createStates(studio: Studio): (project: ProjectRow) => Promise<State> {
  const films = new Map<string, { now: Promise<State>; next: Promise<State> | null }>();

  return function read(project) {
    const key = `${project.id} ${project.branch}`;
    const film = films.get(key);
    if (!film) return begin(project, key);
    // Failed or not, the reading under way began before this asker did.
    return film.next ??= film.now.then(() => begin(project, key), () => begin(project, key));
  };

  function begin(project: ProjectRow, key: string): Promise<State> {
    const film = { now: stateOf(studio, project), next: null };
    films.set(key, film);
    const done = () => {
      if (films.get(key) === film && film.next === null) films.delete(key);
    };
    film.now.then(done, done);
    return film.now;
  }
}

/** Everything a screen of this project opens with. */
async function stateOf(studio: Studio, project: ProjectRow): Promise<State> {
  const { jobs, takes, assembly, agents } = studio;
  const { branch } = project;
  const ofProject = { tenant_id: project.tenant_id, project_id: project.id };
  const unfinished = await jobs.list({ ...ofProject, states: UNFINISHED }, { limit: WAITING_JOBS });
  const finished = await jobs.list({ ...ofProject, states: [...FINAL_STATES] }, { limit: FINISHED_JOBS });
  const shown = await takes.forScreen(project);
  // A job that ended between the two reads is in both.
  const rows = new Map([...unfinished.items, ...finished.items].map((row) => [row.id, row]));
  return {
    type: "state",
    jobs: await jobs.view([...rows.values()]),
    takes: await takes.view(shown.rows, branch),
    take_counts: shown.counts,
    exports: await assembly.view((await assembly.list(project.id, { limit: EXPORTS })).items),
    agents: await agents.view(firstOf(await agents.roster(project.tenant_id))),
    notices: (await listNotices(studio.db.sql, project, { limit: NOTICES })).items,
    canvas_version: (await studio.canvas.read(studio.db.sql, project.id, branch)).version,
  };
}

/** Of a very large fleet, those that are there. */
function firstOf(roster: AgentRow[]): AgentRow[] {
  if (roster.length <= AGENTS) return roster;
  return roster.toSorted((a, b) => Number(b.online) - Number(a.online)).slice(0, AGENTS);
}

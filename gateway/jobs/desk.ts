import type { z } from "zod";
import type { SubmitJob } from "../../shared/api/work.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { CanvasKey } from "../canvas/mod.ts";
import { reserve } from "../credits/mod.ts";
import { asTenant } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { type Asking, together } from "../together.ts";
import { isAskedBefore, jobsAsked } from "./asked.ts";
import { createFilms, type Film, type Films, keyOf } from "./films.ts";
import { giveBack, isRefused } from "./give_back.ts";
import { type Fresh, insertJobs } from "./insert.ts";
import type { JobRow } from "./mod.ts";
import { publishNotices } from "./notices.ts";
import { freshJobs, type Plan, wantedOf } from "./planned.ts";
import type { Room } from "./room.ts";
import { announce } from "./state_machine.ts";
import { makePlan } from "./submit.ts";
import { unlessOff } from "./switched_off.ts";
import type { JobView } from "./view.ts";

/** Somebody wants takes of a canvas node. */
export interface Ask {
  film: CanvasKey;
  user: UserPrincipal;
  body: z.infer<typeof SubmitJob>;
  /** Where its trace began. */
  trace: string | null;
}

/** What was made of an ask; with what screens were told of it, where it is new. */
export interface Made {
  jobs: JobRow[];
  views: JobView[] | null;
}

/** Where takes are asked for: a studio's asks that come while others are being queued are queued together. */
export type Desk = (tenantId: string, ask: Ask) => Promise<Made>;

/** Asks that are queued at once: with a few takes each, a statement of some hundred kilobytes. */
const MOST_AT_ONCE = 32;

export function createDesk(studio: Studio, room: () => Room): Desk {
  const desks = new Map<string, (ask: Ask) => Promise<Made>>();
  const films = createFilms(studio);
  return (tenantId, ask) => {
    const desk = desks.get(tenantId) ?? together<Ask, Made>(
      (asking) => asTenant(tenantId, () => serve(room(), films, tenantId, asking)),
      { most: MOST_AT_ONCE, idle: () => desks.delete(tenantId) },
    );
    desks.set(tenantId, desk);
    return desk(ask);
  };
}

type Waiting = Asking<Ask, Made>;

/** An ask of which is known how its takes are made. */
interface Planned {
  waiting: Waiting;
  film: Film;
  plan: Plan;
}

/**
 * In four statements for all of them: what their films are now, numbers for their takes, the jobs with their turns and stories, and whether
 * a canvas has changed meanwhile. Only what is paid for is written by itself, in a transaction with what is set aside for it.
 */
async function serve(room: Room, films: Films, tenantId: string, asking: Waiting[]): Promise<void> {
  const { once, again } = setApart(asking);
  const planned = await planAll(room, films, tenantId, once);
  const paid = planned.filter(({ waiting }) => waiting.ask.body.credits);
  const free = planned.filter(({ waiting }) => !waiting.ask.body.credits);
  await writeAll(room, films, free);
  for (const each of paid) await writeAll(room, films, [each]);
  for (const each of again) await answerAgain(room, films, tenantId, each);
}

/** Who asks the same under the same name as another of them is told what that one was given. */
function setApart(asking: Waiting[]): { once: Waiting[]; again: Waiting[] } {
  const names = new Set<string>();
  const once = asking.filter(({ ask: { film, body } }) => {
    if (!body.ask_id) return true;
    const name = `${film.id} ${body.ask_id}`;
    return !names.has(name) && names.add(name);
  });
  return { once, again: asking.filter((each) => !once.includes(each)) };
}

async function planAll(room: Room, films: Films, tenantId: string, asking: Waiting[]): Promise<Planned[]> {
  const keys = new Map(asking.map(({ ask }) => [keyOf(ask.film), ask.film]));
  const askIds = asking.flatMap(({ ask }) => ask.body.ask_id ?? []);
  const read = await films.read(tenantId, [...keys.values()], askIds);
  const found = new Map([...keys.keys()].map((key, nth) => [key, read[nth]!]));
  const planned = await Promise.all(asking.map(async (waiting): Promise<Planned | null> => {
    const { ask: { film: { id, branch }, body }, resolve, reject } = waiting;
    try {
      const film = found.get(keyOf({ id, branch }))!;
      if (film instanceof Error) throw film;
      if (body.ask_id && film.asked.has(body.ask_id)) {
        resolve({ jobs: await jobsAsked(room.studio.db.sql, film.project, body.ask_id), views: null });
        return null;
      }
      await room.studio.plans.requireRoom(room.studio.db.sql, tenantId, 0, film.plan);
      return { waiting, film, plan: await makePlan(room, film, body) };
    } catch (error) {
      reject(error);
      return null;
    }
  }));
  return planned.filter((each) => each !== null);
}

async function writeAll(room: Room, films: Films, planned: Planned[]): Promise<void> {
  if (!planned.length) return;
  let written: Written[];
  try {
    written = await write(room, planned);
  } catch (error) {
    // One of them was at fault, and nothing was written.
    if (planned.length > 1 && isRefused(error)) {
      for (const each of planned) await writeAll(room, films, [each]);
      return;
    }
    for (const { waiting: { ask, resolve, reject }, film } of planned) {
      // Another gateway was asked the same at this moment and came first: of this one nothing was written.
      if (!isAskedBefore(error)) reject(error);
      else {
        await jobsAsked(room.studio.db.sql, film.project, ask.body.ask_id!)
          .then((jobs) => resolve({ jobs, views: null }), reject);
      }
    }
    return;
  }
  await told(room, films, planned, written);
}

interface Written {
  jobs: JobRow[];
  fresh: Fresh[];
}

async function write({ studio }: Room, planned: Planned[]): Promise<Written[]> {
  const { sql } = studio.db;
  const wanted = planned.map(({ waiting, film, plan }) => wantedOf(film.project, waiting.ask.body, plan));
  const freshOf = (reserved: Awaited<ReturnType<typeof studio.takes.reserveTakes>>) =>
    planned.map(({ waiting, film, plan }, nth) => freshJobs(film.project, waiting.ask, plan, reserved[nth]!));
  const { credits } = planned[0]!.waiting.ask.body;
  if (!credits) {
    const fresh = freshOf(await studio.takes.reserveTakes(sql, wanted));
    try {
      return shared(fresh, await insertJobs(sql, fresh.flat()));
    } catch (error) {
      if (isRefused(error)) await giveBack(studio, fresh);
      throw error;
    }
  }
  return await sql.begin(async (tx) => {
    const fresh = freshOf(await studio.takes.reserveTakesIn(tx, wanted));
    const jobs = await insertJobs(tx, fresh.flat());
    await reserve(tx, jobs, credits);
    return shared(fresh, jobs);
  }) as Written[];
}

/** Each ask's own. */
function shared(fresh: Fresh[][], jobs: JobRow[]): Written[] {
  let at = 0;
  return fresh.map((each) => ({ fresh: each, jobs: jobs.slice(at, at += each.length) }));
}

/** After the commit: screens, whoever waits for work, and those who asked. */
async function told(room: Room, films: Films, planned: Planned[], written: Written[]): Promise<void> {
  for (const { jobs, fresh } of written) {
    jobs.forEach((job, nth) => {
      const { notice } = fresh[nth]!;
      if (!notice) return;
      const view = { ...notice, at: job.created_at.toISOString(), job_id: job.id, node_id: job.node_id };
      publishNotices(room.studio, job, [view]);
    });
  }
  const views = await announce(
    room,
    written.flatMap(({ jobs }) => jobs.map((job) => ({ job, previous: null }))),
  );
  const changed = await changedSince(room, films, planned);
  let at = 0;
  await Promise.all(planned.map(async ({ waiting, film }, nth) => {
    const { jobs } = written[nth]!;
    const made = { jobs, views: views && views.slice(at, at += jobs.length) };
    waiting.resolve(changed.includes(film) ? await lookAgain(room, film, made) : made);
  }));
}

/** Never throws, nor does what follows: the jobs are there, and whoever asked is to hear of them. */
async function changedSince(room: Room, films: Films, planned: Planned[]): Promise<Film[]> {
  try {
    return await films.changed([...new Set(planned.map(({ film }) => film))]);
  } catch (error) {
    room.studio.log.warn("Could not look whether a canvas changed while it was asked for", { error });
    return [];
  }
}

async function lookAgain(room: Room, { project }: Film, made: Made): Promise<Made> {
  try {
    const jobs = await unlessOff(room, project, made.jobs);
    return jobs.some((job, nth) => job !== made.jobs[nth]) ? { jobs, views: null } : made;
  } catch (error) {
    room.studio.log.warn("Could not look whether a node was switched off while it was asked for", { error });
    return made;
  }
}

async function answerAgain(room: Room, films: Films, tenantId: string, waiting: Waiting): Promise<void> {
  const { ask, resolve } = waiting;
  const owner = { id: ask.film.id, tenant_id: tenantId };
  const jobs = await jobsAsked(room.studio.db.sql, owner, ask.body.ask_id!);
  // Where the one before came to nothing, this one is asked as if it came now.
  if (jobs.length) resolve({ jobs, views: null });
  else await serve(room, films, tenantId, [waiting]);
}

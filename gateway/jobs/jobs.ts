import type { Studio } from "../studio.ts";
import { currentTrace } from "../traces/mod.ts";
import { freeOtherBoots, takeAway } from "./boots.ts";
import { cancel, retry, setPriority } from "./control.ts";
import { createDesk } from "./desk.ts";
import { complete, fail, release } from "./finish.ts";
import { openFootprints } from "./footprints.ts";
import { leaseHolds } from "./grant.ts";
import { heartbeat } from "./heartbeat.ts";
import { idleReasons } from "./idle.ts";
import { insertJob } from "./insert.ts";
import { takeJob } from "./lease.ts";
import { leaseView } from "./lease_view.ts";
import { keepLog, readImage, readLog } from "./log.ts";
import { makeAgain } from "./make_again.ts";
import type { Jobs } from "./mod.ts";
import { createAgentNames } from "./names.ts";
import { cancelOldVersions } from "./old_versions.ts";
import { createPace } from "./pace.ts";
import { forgetAgent, placeAgain, placementOf, setPlacement } from "./placement.ts";
import { pollJob } from "./poll.ts";
import { preview } from "./preview.ts";
import { createProgressBoard } from "./progress.ts";
import { createReconsider } from "./reconsider.ts";
import { placeBefore } from "./reorder.ts";
import type { Room } from "./room.ts";
import { announce } from "./state_machine.ts";
import { countJobs, findJob, listJobs, oldestRunnable } from "./store.ts";
import { openStops, waitForStops } from "./stops.ts";
import { switchedOff } from "./switched_off.ts";
import { sweep } from "./sweep.ts";
import { startSweeper } from "./sweeper.ts";
import { story, viewJobs } from "./view.ts";
import { openWaiters } from "./word.ts";

/** Opens the job room; its sweeper runs until it is disposed. */
export async function createJobs(studio: Studio): Promise<Jobs> {
  await using opened = new AsyncDisposableStack();
  const room: Room = {
    studio,
    waiters: opened.use(await openWaiters(studio.db, studio.log)),
    stops: opened.use(await openStops(studio.db, studio.log)),
    progress: opened.use(createProgressBoard(studio)),
    names: createAgentNames(),
    footprints: opened.use(openFootprints(studio)),
    pictured: createPace(),
    lowered: createPace(),
    lanes: new Set(),
    desk: createDesk(studio, () => room),
  };
  const reconsider = opened.use(createReconsider(() => room, studio));
  opened.use(startSweeper(room));
  const stack = opened.move();
  const { db } = studio;
  const ask: Jobs["ask"] = ({ id, branch, tenant_id }, user, body) =>
    room.desk(tenant_id, { film: { id, branch }, user, body, trace: currentTrace() });
  return {
    ask,
    submit: async (canvas, user, body) => (await ask(canvas, user, body)).jobs,
    async insert(tx, project, job) {
      await studio.plans.requireRoom(tx, project.tenant_id, 0);
      return await insertJob(tx, project, job);
    },
    announce: async (jobs) => void await announce(room, jobs.map((job) => ({ job, previous: null }))),
    take: (taker) => takeJob(room, taker),
    poll: (taker, waitS, signal) => pollJob(room, taker, waitS, signal),
    idleReasons: (taker) => idleReasons(room, taker),
    leaseView: (job, baseUrl) => leaseView(room, job, baseUrl),
    heartbeat: (agentId, body) => heartbeat(room, agentId, body),
    stops: (agentId, asking) => waitForStops(room, agentId, asking),
    freeOtherBoots: (agentId, bootId) => freeOtherBoots(room, agentId, bootId),
    takeAway: (agentId, why) => takeAway(room, agentId, why),
    preview: (agentId, lease, jpeg) => preview(room, agentId, lease, jpeg),
    keepLog: (agentId, lease, tail) => keepLog(room, agentId, lease, tail),
    log: (job) => readLog(room, job),
    image: (job) => readImage(room, job),
    complete: (agentId, lease, body) => complete(room, agentId, lease, body),
    fail: (agentId, lease, body) => fail(room, agentId, lease, body),
    release: (agentId, lease, reason) => release(room, agentId, lease, reason),
    leaseHolds,
    cancel: (project, jobId, by) => cancel(room, project, jobId, by),
    async switchedOff(canvas, nodes, by) {
      await switchedOff(room, canvas, nodes, by);
    },
    newVersion: (tenantId, runner) => cancelOldVersions(room, tenantId, runner),
    retry: (project, jobId, by, userId) => retry(room, project, jobId, by, userId),
    setPriority: (project, jobId, priority) => setPriority(room, project, jobId, priority),
    placement: (project) => placementOf(db.sql, project),
    setPlacement: (project, user, body) => setPlacement(room, project, user, body),
    placeAgain: (projectId) => placeAgain(room, projectId),
    async forgetAgent(agentId) {
      await forgetAgent(room, agentId);
      // Whatever it works on: it asks again, and learns that it is removed.
      room.stops.tell(agentId);
    },
    makeAgain: (project, user, job) => makeAgain(room, project, user, job),
    placeBefore: (project, jobId, before) => placeBefore(room, project, jobId, before),
    reconsider: (tenantId) => reconsider.soon(tenantId),
    find: (tenantId, jobId) => findJob(db.sql, tenantId, jobId),
    list: (where, page) => listJobs(db.sql, where, page),
    view: (rows) => viewJobs(room, rows),
    story: (jobId) => story(room, jobId),
    sweep: () => sweep(room),
    footprints: room.footprints,
    counts: () => countJobs(db.sql),
    oldestRunnable: () => oldestRunnable(db.sql, room.studio.config.leaseSeconds),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

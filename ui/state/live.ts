import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Agent, Export, Notice, Take } from "../../shared/api/work.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import type { Job, Progress } from "../../shared/jobs/job.ts";
import type { z } from "zod";
import { MAIN } from "../../shared/project/branch.ts";
import { onBranch } from "./branch.ts";
import { keepOpen, socketOf } from "./keep_open.ts";
import { signedOut } from "./signed_out.ts";

type JobView = z.infer<typeof Job>;
type ProgressView = z.infer<typeof Progress>;

/**
 * What the machines are doing, as the socket tells it. Progress and previews have a signal per job, so that one
 * job's progress redraws one element.
 */
export interface Live extends Disposable {
  connected: ReadonlySignal<boolean>;
  jobs: Signal<Map<string, JobView>>;
  takes: Signal<Map<string, Take>>;
  exports: Signal<Map<string, Export>>;
  agents: Signal<Map<string, Agent>>;
  notices: Signal<Notice[]>;
  /** The branch that changed last: a new commit, made, brought back; without a commit discarded. */
  moved: ReadonlySignal<Moved | null>;
  progress(jobId: string): Signal<ProgressView | null>;
  preview(jobId: string): Signal<string | null>;
  /** Takes of a node that are here, newest first: its choice, its newest, and the pages that were read. */
  takesOf(nodeId: string): Take[];
  /** How many takes a node has, here or not. */
  takeCount(nodeId: string): number;
  activeTake(nodeId: string): Take | null;
  /** The node's unfinished jobs, else its newest when that failed. */
  jobsOf(nodeId: string): JobView[];
  addTakes(takes: Take[]): void;
  /** Each counts up when there is something new to read: the project's files, its locks, the studio's library. */
  changed: Readonly<Record<Changing, ReadonlySignal<number>>>;
}
const CHANGING = ["files", "locks", "library"] as const;
type Changing = (typeof CHANGING)[number];

export interface Moved {
  name: string;
  commit: string | null;
}

export function openLive(projectId: string, branch: string = MAIN): Live {
  const connected = signal(false);
  const jobs = signal(new Map<string, JobView>());
  const takes = signal(new Map<string, Take>());
  const counts = signal(new Map<string, number>());
  const exports = signal(new Map<string, Export>());
  const agents = signal(new Map<string, Agent>());
  const notices = signal<Notice[]>([]);
  const moved = signal<Moved | null>(null);
  const progress = new Map<string, Signal<ProgressView | null>>();
  const previews = new Map<string, Signal<string | null>>();
  const changed = { files: signal(0), locks: signal(0), library: signal(0) };
  const of = <T>(map: Map<string, Signal<T | null>>, id: string) => {
    let found = map.get(id);
    if (!found) map.set(id, found = signal<T | null>(null));
    return found;
  };
  const put = <T extends { id: string }>(map: Signal<Map<string, T>>, each: T) => {
    map.value = new Map(map.value).set(each.id, each);
  };

  const takesByNode = computed(() => {
    const byNode = new Map<string, Take[]>();
    for (const take of takes.value.values()) {
      const list = byNode.get(take.node_id);
      if (list) list.push(take);
      else byNode.set(take.node_id, [take]);
    }
    for (const list of byNode.values()) list.sort((a, b) => a.id < b.id ? 1 : -1);
    return byNode;
  });
  const jobsByNode = computed(() => {
    const byNode = new Map<string, JobView[]>();
    for (const job of jobs.value.values()) {
      // The same node on another branch is another's work.
      if (job.node_id && (job.branch ?? MAIN) === branch) {
        byNode.set(job.node_id, [...(byNode.get(job.node_id) ?? []), job]);
      }
    }
    for (const list of byNode.values()) list.sort((a, b) => a.id < b.id ? 1 : -1);
    return byNode;
  });

  /** An old one that nobody read here can be chosen, too; ids sort by the time they were made. */
  function isNew(take: Take): boolean {
    const newest = takesByNode.value.get(take.node_id)?.[0];
    return !newest || take.id > newest.id;
  }

  function hear(event: StudioEvent): void {
    batch(() => {
      switch (event.type) {
        case "state":
          jobs.value = new Map(event.jobs.map((job) => [job.id, job]));
          takes.value = new Map([...takes.value, ...event.takes.map((take) => [take.id, take] as const)]);
          counts.value = new Map(Object.entries(event.take_counts ?? {}));
          exports.value = new Map(event.exports.map((each) => [each.id, each]));
          agents.value = new Map(event.agents.map((agent) => [agent.id, agent]));
          notices.value = event.notices;
          for (const job of event.jobs) of(progress, job.id).value = job.progress;
          // While the line was down anything may have been said.
          for (const each of CHANGING) changed[each].value++;
          return;
        case "files":
        case "locks":
        case "library":
          changed[event.type].value++;
          return;
        case "job":
          put(jobs, event.job);
          if (event.job.state !== "leased") of(progress, event.job.id).value = null;
          return;
        case "progress":
          of(progress, event.job_id).value = event.progress;
          return;
        case "preview":
          of(previews, event.job_id).value = `data:image/jpeg;base64,${event.jpeg}`;
          return;
        case "take":
          if (isNew(event.take)) {
            const { node_id } = event.take;
            counts.value = new Map(counts.value).set(node_id, (counts.value.get(node_id) ?? 0) + 1);
          }
          if (event.take.active) {
            const others = [...takes.value.values()].filter((take) =>
              take.node_id === event.take.node_id && take.active
            );
            const next = new Map(takes.value);
            for (const take of others) next.set(take.id, { ...take, active: false });
            takes.value = next;
          }
          put(takes, event.take);
          return;
        case "export":
          put(exports, event.export);
          return;
        case "agent":
          put(agents, event.agent);
          return;
        case "agent_removed": {
          const next = new Map(agents.value);
          next.delete(event.agent_id);
          agents.value = next;
          return;
        }
        case "notice":
          notices.value = [event.notice, ...notices.value].slice(0, 200);
          return;
        case "branch":
          moved.value = { name: event.name, commit: event.commit };
          return;
        case "canvas":
          // The live document has a socket of its own.
          return;
      }
    });
  }

  // The first message after it was down is the whole state.
  const close = keepOpen(socketOf(onBranch(`/api/events?project=${projectId}`, branch)), {
    heard(data) {
      connected.value = true;
      hear(JSON.parse(data as string) as StudioEvent);
    },
    down(isSignedOut) {
      connected.value = false;
      if (isSignedOut) signedOut.value = true;
    },
  });
  // A signal for each node that is asked about: another node's take or job is none of its own.
  const takesFor = perNode((id) => takesByNode.value.get(id) ?? []);
  const countFor = perNode((
    id,
  ) => [Math.max(counts.value.get(id) ?? 0, takesByNode.value.get(id)?.length ?? 0)]);
  const jobsFor = perNode((id) => {
    const all = jobsByNode.value.get(id) ?? [];
    const open = all.filter((job) => ["blocked", "queued", "leased"].includes(job.state));
    return open.length ? open : all.slice(0, 1).filter((job) => job.state === "failed");
  });

  return {
    connected,
    changed,
    jobs,
    takes,
    exports,
    agents,
    notices,
    moved,
    progress: (id) => of(progress, id),
    preview: (id) => of(previews, id),
    takesOf: takesFor,
    takeCount: (nodeId) => countFor(nodeId)[0]!,
    activeTake: (nodeId) => takesFor(nodeId).find((take) => take.active) ?? null,
    jobsOf: jobsFor,
    addTakes(more) {
      takes.value = new Map([...takes.value, ...more.map((take) => [take.id, take] as const)]);
    },
    [Symbol.dispose]: close,
  };
}

/** Lists by node, each followed by itself: whoever read one hears of it when something in it changed. */
function perNode<T>(listOf: (nodeId: string) => T[]): (nodeId: string) => T[] {
  const lists = new Map<string, ReadonlySignal<T[]>>();
  return (nodeId) => {
    let list = lists.get(nodeId);
    if (!list) {
      let last: T[] = [];
      list = computed(() => {
        const next = listOf(nodeId);
        if (next.length !== last.length || next.some((each, index) => each !== last[index])) last = next;
        return last;
      });
      lists.set(nodeId, list);
    }
    return list.value;
  };
}

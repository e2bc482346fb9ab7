import type { Studio } from "../studio.ts";
import type { Room } from "./room.ts";
import { listJobs } from "./store.ts";
import { viewJobs } from "./view.ts";

/** Milliseconds that changes of a fleet are gathered. */
const GATHER_MS = 300;
/** Waiting jobs that screens hear of anew; a backlog waits for the same as its newest. */
const MOST = 300;

/** Tells screens why jobs wait when the fleet has changed: a machine that comes, or may do more, changes the reason of many. */
export interface Reconsider extends Disposable {
  soon(tenantId: string): void;
}

export function createReconsider(room: () => Room, { log, closing }: Studio): Reconsider {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  async function tell(tenantId: string): Promise<void> {
    const { studio } = room();
    const { items } = await listJobs(studio.db.sql, { tenant_id: tenantId, states: ["queued"] }, {
      limit: MOST,
    });
    const seen = items.filter((job) => studio.events.watched(job.project_id));
    const views = await viewJobs(room(), seen);
    for (const [index, job] of seen.entries()) {
      // Every gateway sees its fleet change by itself.
      studio.events.publish(tenantId, job.project_id, {
        type: "job",
        job: views[index]!,
        previous: job.state,
      }, {
        here: true,
      });
    }
  }

  return {
    soon(tenantId) {
      if (closing.aborted || timers.has(tenantId)) return;
      timers.set(
        tenantId,
        setTimeout(() => {
          timers.delete(tenantId);
          tell(tenantId).catch((error) => {
            if (!closing.aborted) log.debug("Could not tell the screens why jobs wait now", { error });
          });
        }, GATHER_MS),
      );
    },
    [Symbol.dispose]() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

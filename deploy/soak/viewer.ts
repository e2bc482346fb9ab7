import type { Graph } from "../../shared/canvas/graph.ts";
import { openPage } from "./page.ts";

/**
 * Somebody who only looks: `--location <studio> viewer.ts <one-time link> <project> <name>`. The page stays open all the time and is never
 * loaded anew, so that it shows only what its sockets brought. SIGUSR1: prints in one line what it shows (`Seen`). SIGTERM: prints how it
 * went (`PageTold`), and ends.
 */

/** What stands on the viewer's screen. */
export interface Seen {
  graph: Graph;
  /** How many takes each shot has. */
  takes: Record<string, number>;
  /** Ids of jobs that are waiting or under way. */
  open: string[];
}

const [link, project, name] = Deno.args as [string, string, string];
const page = await openPage(link, project, name);
Deno.addSignalListener("SIGUSR1", () => console.log(`sees ${JSON.stringify(seen())}`));
Deno.addSignalListener("SIGTERM", async () => {
  console.log(`told ${JSON.stringify(await page.told())}`);
  Deno.exit(0);
});

function seen(): Seen {
  const { canvas, live } = page;
  const graph = canvas.graph.value;
  const counts = graph.nodes.map(({ id }) => [id, live.takeCount(id)] as const);
  return {
    graph,
    takes: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    open: [...live.jobs.value.values()].filter((job) => ["blocked", "queued", "leased"].includes(job.state))
      .map((job) => job.id),
  };
}

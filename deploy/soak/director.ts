import { api } from "../../ui/api.ts";
import type { Take } from "../../shared/api/work.ts";
import { CanvasNode, type NodeOf } from "../../shared/canvas/graph.ts";
import { type Asked, isOpen, openPage, type PageTold, pause, pick, sent, statesOf, until } from "./page.ts";

/**
 * Who cuts a film: `--location <studio> director.ts <one-time link> <project> <name>`. Three shots in a chain; again and again another take
 * is made of one, or one is cut shorter or longer, and the film is rendered. SIGTERM: stops, waits for what is under way, and prints in one
 * line which films there must be (`Directed`).
 */

/** A film as its director cut it. */
export interface Cut {
  /** Of the export and its job. */
  id: string;
  job: string;
  /** In order: the take that is shown, from which of its frames on, and how many. */
  shows: { take: string; from: number; frames: number }[];
  /** `rendered`, or what the page said at the end. */
  state: string;
}

export interface Directed extends PageTold {
  /** Of takes: how each job ended. */
  jobs: Record<string, string>;
  films: Cut[];
  gestures: number;
}

/** Frames of each take. */
const LENGTH = 24;
const FILM = "film";
const SHOTS = ["one", "two", "three"];

const [link, project, name] = Deno.args as [string, string, string];
const stopping = new AbortController();
Deno.addSignalListener("SIGTERM", () => stopping.abort());

const page = await openPage(link, project, name);
const { canvas, live, complaints, gesture } = page;
const asked: Asked = new Map();
const renders: Asked = new Map();
const films: Cut[] = [];
/** By shot, the take that the film shows. */
const chosen = new Map<string, Take>();

drawChain();
for (const shot of SHOTS) await shoot(shot);
await render();
while (!stopping.signal.aborted) {
  if (Math.random() < 0.5) await shoot(pick(SHOTS));
  trim(pick(SHOTS));
  await render();
  await pause(500);
}
await until(() => canvas.save.value.kind === "saved");
const told: Directed = {
  ...await page.told(),
  jobs: statesOf(asked, live),
  films: films.map((film) => ({ ...film, state: stateOf(film) })),
  gestures: page.gestures(),
};
console.log(`told ${JSON.stringify(told)}`);
Deno.exit(0);

function drawChain(): void {
  for (const [index, id] of SHOTS.entries()) {
    const node = {
      ...{ id, type: "shot", title: id, shot: `REEL-0${index + 1}0`, runner: "animatic" },
      ...{ position: { x: index * 400, y: 0 }, duration: LENGTH, prompt: id },
    };
    gesture("Add shot", { op: "add_node", node: CanvasNode.parse(node) });
  }
  const node = CanvasNode.parse({
    ...{ id: FILM, type: "assembler", title: "Film", position: { x: 1200, y: 0 } },
  });
  gesture("Add film", { op: "add_node", node });
  const chain = [...SHOTS, FILM];
  for (const [index, source] of SHOTS.entries()) {
    const target = chain[index + 1]!;
    const target_port = target === FILM ? "sequence" : "previous";
    gesture("Connect", {
      op: "add_edge",
      edge: { id: `wire-${index}`, source, source_port: "shot", target, target_port },
    });
  }
}

/** Another take, which the film shows from now on. */
async function shoot(node_id: string): Promise<void> {
  try {
    await sent(canvas);
    const { jobs: [job] } = await api.generate(project, { node_id });
    asked.set(job!.id, Date.now());
    await until(() => !isOpen(job!.id, { live, asked }) && takeOf(job!.id) !== undefined);
    const take = takeOf(job!.id);
    if (!take) complaints.push(`No take came of ${job!.id}`);
    else {
      await api.activate(project, take.id);
      chosen.set(node_id, take);
    }
  } catch (error) {
    complaints.push((error as Error).message);
  }
}

function takeOf(job: string): Take | undefined {
  return [...live.takes.value.values()].find((take) => take.job_id === job);
}

/** At least eight frames stay. */
function trim(id: string): void {
  const trim_in = Math.floor(Math.random() * 8), trim_out = LENGTH - Math.floor(Math.random() * 8);
  const { trim_in: was, trim_out: end } = shotOf(id);
  if (was !== trim_in || end !== trim_out) {
    gesture("Trim", { op: "update_node", id, set: { trim_in, trim_out } });
  }
}

function shotOf(id: string): NodeOf<"shot"> {
  return canvas.nodes.value.get(id) as NodeOf<"shot">;
}

async function render(): Promise<void> {
  const shows = SHOTS.map((id) => {
    const { trim_in, trim_out = LENGTH } = shotOf(id);
    return { take: chosen.get(id)!.id, from: trim_in, frames: trim_out - trim_in };
  });
  try {
    await sent(canvas);
    const { job, export: { id } } = await api.render(project, FILM);
    renders.set(job.id, Date.now());
    const film: Cut = { id, job: job.id, shows, state: "asked for" };
    films.push(film);
    await until(() => !isOpen(job.id, { live, asked: renders }) && stateOf(film) === "rendered");
    film.state = stateOf(film);
  } catch (error) {
    complaints.push((error as Error).message);
  }
}

/** What was seen once holds: a page that opens its socket again is told of the latest films alone. */
function stateOf({ id, job, state }: Cut): string {
  if (state === "rendered") return state;
  if (live.exports.value.get(id)?.oid) return "rendered";
  return live.jobs.value.get(job)?.state ?? "asked for";
}

import { api } from "../../ui/api.ts";
import { openDocument } from "../../ui/canvas/document/document.ts";
import { openLive } from "../../ui/state/live.ts";
import { signedOut } from "../../ui/state/signed_out.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { CanvasNode } from "../../shared/canvas/graph.ts";
import { openBrowser } from "./jar.ts";

/**
 * A person at the canvas: `--location <studio> person.ts <one-time link> <project> <name>`. What a browser would run runs here: the
 * canvas's own document, events and calls (ui), with a cookie jar of its own. SIGTERM: stops, waits until the studio has everything, and
 * prints in one line what must be there (`Told`).
 */

/** What a person did, and how it went. */
export interface Told {
  name: string;
  /** Gestures that were made, all of which the studio has confirmed. */
  gestures: number;
  /** Notes that are on the canvas, and those that were taken away again. */
  notes: string[];
  gone: string[];
  /** By shot: the prompt that was written last. */
  prompts: Record<string, string>;
  /** By id: how each job that was asked for ended, as the events said; `ended` when they tell of it no more. */
  jobs: Record<string, string>;
  /** Sentences that the person was shown: each is a failure that reached them. */
  complaints: string[];
  /** Answers of 500 and more, most of which the client repeated. */
  faults: number;
  /** Times a socket went and came back. */
  sockets: number;
  signedOut: boolean;
  /** The studio knows the session at the end as at the beginning. */
  stillMe: boolean;
}

/** Own jobs that are open at once. */
const MOST_OPEN = 3;
const SHOTS = 3;
const JUST_MS = 10_000;
const OPEN = ["blocked", "queued", "leased"];

const [link, project, name] = Deno.args as [string, string, string];
const browser = openBrowser();
const stopping = new AbortController();
Deno.addSignalListener("SIGTERM", () => stopping.abort());

await browser.enter(link);
const me = await api.me();
const complaints: string[] = [];
const canvas = await openDocument(project, { tell: (sentence) => complaints.push(sentence) });
const live = openLive(project);
await until(() => live.connected.value);

const notes = new Set<string>(), gone: string[] = [];
const prompts: Record<string, string> = {};
/** When, by job. */
const asked = new Map<string, number>();
let gestures = 0;
/** Who clicks Generate draws nothing at that moment, and what was drawn gets sent. */
let clicking = false;

function gesture(label: string, ...operations: Operation[]): void {
  if (canvas.apply(label, operations)) gestures++;
  else complaints.push(`${label} was not possible`);
}

const shots = Array.from({ length: SHOTS }, (_, index) => `${name}-shot-${index}`);
for (const [index, id] of shots.entries()) {
  const node = {
    ...{ id, type: "shot", title: id, shot: `${name}-0${index}`.toUpperCase(), runner: "animatic" },
    ...{ position: { x: 0, y: 0 }, duration: 24, prompt: "" },
  };
  gesture("Add shot", { op: "add_node", node: CanvasNode.parse(node) });
}
const still = `${name}-still`;
const picture = { id: still, type: "generate_image", title: still, shot: `${name}-STILL`.toUpperCase() };
gesture("Add image", {
  op: "add_node",
  node: CanvasNode.parse({ ...picture, runner: "self-test-image", position: { x: 0, y: 0 } }),
});
await canvas.flush();

const drawing = draw();
const generating = generate();
await Promise.all([drawing, generating]);
await until(() => canvas.save.value.kind === "saved");
await until(() => ![...asked.keys()].some(isOpen));
const now = await api.me().catch((error) => ({ id: String(error) }));
const told: Told = {
  name,
  gestures,
  notes: [...notes],
  gone,
  prompts,
  jobs: Object.fromEntries(
    [...asked.keys()].map((id) => [id, isOpen(id) ? "open" : live.jobs.value.get(id)?.state ?? "ended"]),
  ),
  complaints,
  faults: browser.faults(),
  sockets: browser.sockets(),
  signedOut: signedOut.value,
  stillMe: now.id === me.id,
};
console.log(`told ${JSON.stringify(told)}`);
Deno.exit(0);

/** Notes come, move and go; prompts are written; whatever lies there, others' too, is moved. */
async function draw(): Promise<void> {
  for (let n = 0; !stopping.signal.aborted; n++) {
    while (clicking) await pause(50);
    const kind = Math.random();
    if (kind < 0.35) {
      const id = `${name}-note-${n}`;
      const at = { x: Math.round(Math.random() * 4000), y: Math.round(Math.random() * 4000) };
      gesture("Add note", {
        op: "add_node",
        node: CanvasNode.parse({ id, type: "note", title: id, position: at }),
      });
      notes.add(id);
    } else if (kind < 0.7) {
      const id = pick(shots);
      prompts[id] = `${id} in the rain, ${n}`;
      gesture("Write", { op: "update_node", id, set: { prompt: prompts[id] } });
    } else if (kind < 0.9) {
      const { id } = pick(canvas.graph.value.nodes);
      // Another may have taken it away at this very moment: that is theirs to have, and no complaint.
      const position = { x: Math.round(Math.random() * 4000), y: Math.round(Math.random() * 4000) };
      if (id.startsWith(name)) gesture("Move", { op: "update_node", id, set: { position } });
    } else if (notes.size > 3) {
      const id = pick([...notes]);
      gesture("Delete", { op: "remove_node", id });
      notes.delete(id);
      gone.push(id);
    }
    await pause(200 + Math.random() * 800);
  }
}

/** As much as one looks after at a time. */
async function generate(): Promise<void> {
  while (!stopping.signal.aborted) {
    if ([...asked.keys()].filter(isOpen).length < MOST_OPEN) {
      // As the canvas does it: what was drawn is sent first.
      clicking = true;
      await canvas.flush();
      clicking = false;
      const node_id = Math.random() < 0.2 ? still : pick(shots);
      try {
        const { jobs } = await api.generate(project, { node_id });
        for (const { id } of jobs) asked.set(id, Date.now());
        const { takes } = live;
        const own = [...takes.value.values()].filter((take) => take.node_id === node_id);
        if (own.length > 1) await api.activate(project, pick(own).id);
      } catch (error) {
        complaints.push((error as Error).message);
      }
    }
    await pause(300 + Math.random() * 700);
  }
}

/** As the canvas shows it. One that just was asked for may not have come yet; one that ended long ago is told no more. */
function isOpen(id: string): boolean {
  const state = live.jobs.value.get(id)?.state;
  return state ? OPEN.includes(state) : Date.now() - asked.get(id)! < JUST_MS;
}

function pick<T>(of: readonly T[]): T {
  return of[Math.floor(Math.random() * of.length)]!;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** At most two minutes: then what is told says what is missing. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 120_000; !holds() && Date.now() < end;) await pause(100);
}

import { api } from "../../ui/api.ts";
import { CanvasNode } from "../../shared/canvas/graph.ts";
import { type Asked, isOpen, openPage, type PageTold, pause, pick, sent, statesOf, until } from "./page.ts";

/**
 * A person at the canvas: `--location <studio> person.ts <one-time link> <project> <name>`. What a browser would run runs here: the
 * canvas's own document, events and calls (ui), with a cookie jar of its own. SIGTERM: stops, waits until the studio has everything, and
 * prints in one line what must be there (`Told`).
 */

/** What a person did, and how it went. */
export interface Told extends PageTold {
  /** Gestures that were made, all of which the studio has confirmed. */
  gestures: number;
  /** Notes that are on the canvas, and those that were taken away again. */
  notes: string[];
  gone: string[];
  /** By shot: the prompt that was written last. */
  prompts: Record<string, string>;
  /** By id: how each job that was asked for ended, as the events said; `ended` when they tell of it no more. */
  jobs: Record<string, string>;
}

/** Own jobs that are open at once. */
const MOST_OPEN = 3;
const SHOTS = 3;

const [link, project, name] = Deno.args as [string, string, string];
const stopping = new AbortController();
Deno.addSignalListener("SIGTERM", () => stopping.abort());

const page = await openPage(link, project, name);
const { canvas, live, complaints, gesture } = page;
const notes = new Set<string>(), gone: string[] = [];
const prompts: Record<string, string> = {};
const asked: Asked = new Map();
/** Who clicks Generate draws nothing at that moment, and what was drawn gets sent. */
let clicking = false;

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
await until(() => ![...asked.keys()].some((id) => isOpen(id, { live, asked })));
const told: Told = {
  ...await page.told(),
  gestures: page.gestures(),
  notes: [...notes],
  gone,
  prompts,
  jobs: statesOf(asked, live),
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
    if ([...asked.keys()].filter((id) => isOpen(id, { live, asked })).length < MOST_OPEN) {
      // As the canvas does it: what was drawn is sent first.
      clicking = true;
      await sent(canvas).catch((error) => complaints.push(error.message));
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

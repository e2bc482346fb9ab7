import { join } from "@std/path";
import { byCommand, byMoviePy, byStudio, findMoviePy, type Ground } from "./film/contenders.ts";
import type { Cost } from "./film/process.ts";
import { frames, makeTakes, type Scene, type Shot, TAKES } from "./film/scene.ts";
import { table } from "./measure.ts";

/** Peers are slow: the longest film only when it is asked for. */
export interface FilmBenchOptions {
  /** Shots of the long film. */
  long?: number;
}

const shots = (count: number, make: (index: number) => Partial<Shot>): Shot[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ take: index % TAKES, start: 0, frames: 48, dissolve: 0 },
    ...make(index),
  }));

/** A film, and how many times as long MoviePy is to take at least. */
interface Trial extends Scene {
  aim: number;
}

function trials(long: number): Trial[] {
  return [
    { name: "cut-only, at key frames", aim: 20, shots: shots(16, (i) => ({ start: (i % 4) * 12 })) },
    { name: "cut-only, within groups", aim: 20, shots: shots(16, (i) => ({ start: 5 + (i % 7) * 3 })) },
    { name: "with dissolves", aim: 4, shots: shots(16, (i) => ({ start: 6, dissolve: i % 2 ? 12 : 0 })) },
    {
      name: `${long} shots`,
      aim: 4,
      shots: shots(long, (i) => ({ start: (i * 5) % 40, frames: 12, dissolve: i % 5 === 4 ? 6 : 0 })),
    },
  ];
}

const HEADING = ["film", "by", "seconds", "CPU s", "MB", "x time", "x CPU", "x memory", "aim", "holds"];
/** The command's time is to be no less than this of ours: ours is within 1.2 of it. */
const BY_HAND = 1 / 1.2;
/** Time of a render after one shot has changed, of the whole one's. */
const ONE_CHANGED = 0.1;
/** Shots from which on it is: of a film of 16, one is a sixteenth. */
const MANY = 100;
/** Memory of the longest film, sixteen times as long, of the shortest's. */
const FLAT = 1.15;

/** Rows of the table: each compared with one of the same film. */
class Rows {
  readonly rows = [HEADING];

  /** `aim` is over the column that it names; a film's own row has none. */
  add(
    film: string,
    by: string,
    cost: Cost,
    to: Cost = cost,
    aim?: { of: "time" | "memory"; least?: number; most?: number },
  ): void {
    const ratios = [cost.seconds / to.seconds, cost.cpu / to.cpu, cost.memory / to.memory];
    const found = aim?.of === "memory" ? ratios[2]! : ratios[0]!;
    const { least = 0, most = Infinity } = aim ?? {};
    const row = [
      ...[film, by, cost.seconds.toFixed(2), cost.cpu.toFixed(2), cost.memory.toFixed(0)],
      ...ratios.map((ratio) => ratio.toFixed(2)),
      aim ? `${aim.of} ${least ? `>= ${round(least)}` : `<= ${round(most)}`}` : "",
      aim ? found >= least && found <= most ? "yes" : "NO" : "",
    ];
    this.rows.push(row);
    // It takes minutes: what is known is told at once.
    console.log(`  … ${row.filter((cell) => cell !== "").join(" · ")}`);
  }
}

const round = (value: number) => String(Math.round(value * 100) / 100);

/**
 * The same films of the same takes by the studio's agent, by MoviePy 2 and by one ffmpeg command, in one run: time, processor
 * time and memory of each with all that it starts; what a change to one shot costs; and memory by the film's length.
 */
export async function filmBench({ long = 200 }: FilmBenchOptions = {}): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "studio-film-bench-" });
  try {
    console.log(
      `\nFilms: 1280 x 720, 24 frames a second, with sound; ${navigator.hardwareConcurrency} processors`,
    );
    const ground = { folder, takes: await makeTakes(folder, TAKES, 96) };
    const python = await findMoviePy(folder);
    const rows = new Rows();
    for (const trial of trials(long)) {
      const ours = await compare(trial, ground, python, rows);
      await change(trial, ground, ours, rows);
    }
    await lengthen(ground, rows);
    console.log(`\n${table(rows.rows)}\n`);
    console.log(
      "  x: times what the studio took (of a changed film: what the whole one took; by length: what the shortest took).\n" +
        `  time >= ${round(BY_HAND)}: the studio takes no more than 1.2 times as long as the command.`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Ours {
  cache: string;
  cost: Cost;
}

async function compare(trial: Trial, ground: Ground, python: string | null, rows: Rows): Promise<Ours> {
  const cache = join(ground.folder, `cache-${rows.rows.length}`);
  const ours = await byStudio(trial, ground, { cache, warm: true });
  rows.add(trial.name, "studio", ours);
  rows.add(
    trial.name,
    "studio, with its start",
    await byStudio(trial, ground, { cache: `${cache}-cold` }),
    ours,
  );
  rows.add(trial.name, "one ffmpeg command", await byCommand(trial, ground), ours, {
    of: "time",
    least: BY_HAND,
  });
  if (python) {
    const theirs = await byMoviePy(python, trial, ground);
    rows.add(trial.name, "MoviePy 2", theirs, ours, { of: "time", least: trial.aim });
  }
  return { cache, cost: ours };
}

async function change(trial: Trial, ground: Ground, { cache, cost }: Ours, rows: Rows): Promise<void> {
  const other = changed(trial);
  const many = trial.shots.length >= MANY;
  const aim = many ? { of: "time", most: ONE_CHANGED } as const : undefined;
  const again = await byStudio(other, ground, { cache, warm: true });
  rows.add(trial.name, "studio, one shot changed", again, cost, aim);
  if (!many) return;
  // With words in every frame nothing can be copied: what is kept saves the most, and is needed most.
  const words = { cache, warm: true, options: { burn_in: true } };
  const name = `${trial.name}, review copy`;
  const whole = await byStudio(trial, ground, words);
  rows.add(name, "studio", whole);
  rows.add(name, "studio, one shot changed", await byStudio(other, ground, words), whole, aim);
}

/** Films of two seconds a shot, a tenth of them dissolves. */
async function lengthen(ground: Ground, rows: Rows): Promise<void> {
  let shortest: Cost | undefined;
  for (const count of [50, 200, 800]) {
    const scene = {
      name: `${count} shots`,
      shots: shots(count, (i) => ({ start: (i % 3) * 12, dissolve: i % 10 === 9 ? 12 : 0 })),
    };
    const cost = await byStudio(scene, ground, { cache: join(ground.folder, `length-${count}`), warm: true });
    const minutes = (frames(scene) / 24 / 60).toFixed(1);
    rows.add(`${count} shots, ${minutes} minutes`, "studio", cost, shortest ?? cost, {
      of: "memory",
      most: FLAT,
    });
    shortest ??= cost;
  }
}

/** The film with another trim of its middle shot. */
function changed(scene: Scene): Scene {
  const middle = scene.shots.findIndex((shot, i) => i >= scene.shots.length / 2 && shot.dissolve === 0);
  return {
    ...scene,
    shots: scene.shots.map((shot, i) => i === middle ? { ...shot, start: shot.start + 1 } : shot),
  };
}

if (import.meta.main) await filmBench(Deno.args[0] ? { long: Number(Deno.args[0]) } : {});

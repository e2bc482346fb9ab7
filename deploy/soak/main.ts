import { soak, type Soaked } from "./soak.ts";

/** `deno task soak`: ten minutes as the issue of several gateways wants them, or `SOAK_SECONDS`. Ends with 1 when something does not agree. */
if (import.meta.main) {
  const number = (name: string, otherwise: number) => Number(Deno.env.get(name) ?? otherwise);
  try {
    const soaked = await soak({
      seconds: number("SOAK_SECONDS", 600),
      gateways: 3,
      agents: number("SOAK_AGENTS", 50),
      crews: 2,
      people: number("SOAK_PEOPLE", 6),
      killEvery: 20,
      downFor: 6,
      say: (sentence) => console.log(`${new Date().toISOString().slice(11, 19)} ${sentence}`),
    });
    console.log(report(soaked));
  } catch (error) {
    console.error(error instanceof Error ? `${error.message}\n${error.stack}` : error);
    Deno.exit(1);
  }
}

function report(
  { begun, ended, jobs, takes, gestures, repeated, kills, underWay, told, errors, faults }: Soaked,
): string {
  const seconds = (of: number[]) => of.map((each) => `${each.toFixed(1)} s`).join(", ");
  const sum = (of: (person: Soaked["told"][number]) => number) =>
    told.reduce((all, person) => all + of(person), 0);
  const pairs = (of: Record<string, number>) =>
    Object.entries(of).sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`).join(", ") ||
    "none";
  return [
    "",
    `${jobs} jobs were asked for; each ended once, with one take (${takes}). ${repeated} attempts were repeated.`,
    `Begun after ${seconds(begun)}, done after ${seconds(ended)} (half of them, 99 of 100, all).`,
    `${gestures} gestures on the canvas: all are there, and in Git.`,
    `${kills} gateways were killed, PostgreSQL once. Under way at that moment: ${pairs(underWay)}.`,
    `${told.length} people, none signed out; their sockets were opened ${
      sum((person) => person.sockets)
    } times.`,
    `${
      sum((person) => person.faults)
    } answers of 500 and more came to their pages, which asked again; none was shown.`,
    `nginx answered so: ${pairs(faults)}.`,
    `Lines of level error in the gateways' logs: ${errors.length}.`,
    ...errors.slice(0, 20),
  ].join("\n");
}

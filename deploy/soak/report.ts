import type { PusherTold } from "./pusher.ts";
import type { Soaked } from "./soak.ts";

/** What came of it, as one table. */
export function report(soaked: Soaked): string {
  const { begun, ended, jobs, takes, films, gestures, repeated, kills, gone, underWay, errors, faults } =
    soaked;
  const pages = [...soaked.people, soaked.director, soaked.viewer];
  const pushed = soaked.pushers.flatMap((each) => each.pushed);
  const sum = (of: number[]) => of.reduce((all, each) => all + each, 0);
  const rows: [string, string][] = [
    ["gateways killed", `${kills}, and PostgreSQL once`],
    ["under way then", pairs(underWay)],
    ["agents", `${soaked.agents}; a donor's went away ${gone} times`],
    ["jobs", `${jobs}, each ended once with one take (${takes}); ${repeated} attempts were repeated`],
    ["begun after", seconds(begun)],
    ["done after", seconds(ended)],
    ["films", `${films}, each with the frames of its timeline`],
    ["gestures", `${gestures}, all on the canvas and in Git`],
    [
      "pushes",
      `${pushed.length}, all in the history; ${sum(pushed.map((each) => each.notes.length))} brought notes`,
    ],
    ["tried again at git", triedAgain(soaked.pushers)],
    ["media fetched again", String(sum(soaked.pushers.map((each) => each.fetched)))],
    ["signed out", `none of ${pages.length}`],
    ["sockets opened", String(sum(pages.map((page) => page.sockets)))],
    ["500s at pages", `${sum(pages.map((page) => page.faults))}, asked again, none shown`],
    ["500s at nginx", pairs(faults)],
    ["temporary files left", `${soaked.left}, which housekeeping took away`],
    ["errors in logs", String(errors.length)],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return [
    "",
    ...rows.map(([what, figure]) => `${what.padEnd(width)}  ${figure}`),
    ...errors.slice(0, 20),
  ].join("\n");
}

/** What git said to those whose push or pull did not go through at once. */
export function triedAgain(pushers: PusherTold[]): string {
  const refused: Record<string, number> = {};
  for (const [what, count] of pushers.flatMap((each) => Object.entries(each.refused))) {
    refused[what] = (refused[what] ?? 0) + count;
  }
  return pairs(refused);
}

function pairs(of: Record<string, number>): string {
  return Object.entries(of).sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`)
    .join(", ") || "none";
}

/** Of half of them, of 99 in 100, of all. */
function seconds(of: number[]): string {
  const [half, most, all] = of.map((each) => `${each.toFixed(1)} s`);
  return `${half} (half), ${most} (99 of 100), ${all} (all)`;
}

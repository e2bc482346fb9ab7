import type { Measured } from "./measure.ts";

/** Both ways beside each other, as a table for people. */
export function reportOf(measured: Measured[]): string {
  const rows: string[][] = [["", ...measured.map(({ policy }) => policy)]];
  const row = (name: string, of: (one: Measured) => string) => rows.push([name, ...measured.map(of)]);
  row("jobs done", ({ done }) => String(done));
  row("given what a card cannot hold or may not have", ({ wrong }) => String(wrong.length));
  row(
    "small work before large work on a card that only the large one needs",
    ({ behind }) => String(behind.length),
  );
  row("cards idle while work that fits waits", ({ idle }) => percent(idle));
  row("cards at work", ({ busy }) => percent(busy));
  row("last job done after", ({ end }) => `${(end / 3600).toFixed(1)} h`);
  for (const name of measured[0]!.waits.keys()) {
    row(`wait of ${name}: mean, 95 of 100, longest`, ({ waits }) => {
      const { mean, p95, max } = waits.get(name)!;
      return [mean, p95, max].map(minutes).join(", ");
    });
  }
  row("longest wait beside that of a fair share, worst film", ({ starved }) => {
    const { film, ratio } = starved.toSorted((a, b) => b.ratio - a.ratio)[0]!;
    return `${ratio.toFixed(2)} (${film})`;
  });
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((each) => each[column]!.length)));
  return rows.map((each) => each.map((text, column) => text.padEnd(widths[column]!)).join("   ").trimEnd())
    .join("\n");
}

function minutes(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

import { table } from "../measure.ts";

/** One figure, round by round. */
export type Figures = number[];

export interface Row {
  name: string;
  unit: "/s" | "ms" | "MiB";
  ours: Figures;
  /** As safe against a power cut as ours. */
  seed: Figures;
  /** With Redis's default, where it makes a difference. */
  relaxed?: Figures;
}

/** The middle of them; of an even number the mean of the two. */
export function median(figures: Figures): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** How many times better ours is: above 1 leads, in every row. */
export function lead({ unit, ours }: Pick<Row, "unit" | "ours">, theirs: Figures): number {
  const [our, their] = [median(ours), median(theirs)];
  return unit === "/s" ? our / their : their / our;
}

/** Median and, where there are several rounds, least and greatest. */
function cell(figures: Figures, unit: Row["unit"]): string {
  const digits = unit === "ms" ? 1 : 0;
  const say = (figure: number) =>
    figure.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return figures.length < 2
    ? say(median(figures))
    : `${say(median(figures))} (${say(Math.min(...figures))} to ${say(Math.max(...figures))})`;
}

/** Everything in one table; the aim is to lead what is as safe. */
export function report(rows: Row[]): string {
  const heading = [
    "median (least to greatest)",
    "studio",
    "seed",
    "studio leads",
    "seed, everysec",
    "leads",
    "aim",
  ];
  return table([
    heading,
    ...rows.map((row) => {
      const ahead = lead(row, row.seed);
      return [
        `${row.name}, ${row.unit}`,
        cell(row.ours, row.unit),
        cell(row.seed, row.unit),
        `${ahead.toFixed(2)} x`,
        row.relaxed ? cell(row.relaxed, row.unit) : "",
        row.relaxed ? `${lead(row, row.relaxed).toFixed(2)} x` : "",
        ahead >= 1 ? "met" : "missed",
      ];
    }),
  ]);
}

/** How long single calls took, and how many went through in a second. */
export interface Figures {
  perSecond: number;
  /** Milliseconds of one call; NaN when single calls are not seen. */
  p50: number;
  p99: number;
}

/** Calls as they were: milliseconds of each, and seconds of all together. */
export interface Sample {
  times: number[];
  seconds: number;
}

/**
 * Lets `workers` call `once` one after the other until `calls` have been made or it says that nothing is left. Latency is that of
 * single calls, throughput that of all together.
 */
export async function measure(
  { workers, calls }: { workers: number; calls: number },
  once: (worker: number) => Promise<boolean>,
): Promise<Sample> {
  const times: number[] = [];
  let left = calls;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      while (left-- > 0) {
        const start = performance.now();
        if (!await once(worker)) return;
        times.push(performance.now() - start);
      }
    }),
  );
  return { times, seconds: (performance.now() - began) / 1000 };
}

export function figuresOf(samples: Sample[]): Figures {
  const times = samples.flatMap((sample) => sample.times).toSorted((a, b) => a - b);
  const seconds = samples.reduce((sum, sample) => sum + sample.seconds, 0);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

/** Rows as an aligned table; the first row is the heading. */
export function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    "  " +
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)).join(
      "  ",
    )
  ).join("\n");
}

export function rate(perSecond: number): string {
  return perSecond.toLocaleString("en", { maximumFractionDigits: 0 });
}

export function ms(value: number): string {
  return value.toFixed(2);
}

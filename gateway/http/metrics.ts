/** Upper bounds of the duration histogram, seconds. Long polls end at 25 to 30. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

interface Series {
  labels: string;
  buckets: number[];
  count: number;
  sum: number;
}

/** Requests by method, route and status, kept in memory and written as Prometheus text. */
export interface RequestMetrics {
  /** A request has begun; what it returns is called when it has been answered. */
  begin(): (answered: { method: string; route: string; status: number; seconds: number }) => void;
  write(): string;
}

export function createRequestMetrics(): RequestMetrics {
  const series = new Map<string, Series>();
  let inFlight = 0;
  return {
    begin() {
      inFlight++;
      return ({ method, route, status, seconds }) => {
        inFlight--;
        const labels = `${label("method", method)},${label("route", route)},${
          label("status", String(status))
        }`;
        const one = series.get(labels) ?? { labels, buckets: BUCKETS.map(() => 0), count: 0, sum: 0 };
        series.set(labels, one);
        one.count++;
        one.sum += seconds;
        for (const [index, bound] of BUCKETS.entries()) if (seconds <= bound) one.buckets[index]!++;
      };
    },
    write() {
      const name = "studio_http_request_duration_seconds";
      const lines = [`# HELP ${name} Time to answer a request.`, `# TYPE ${name} histogram`];
      for (const { labels, buckets, count, sum } of series.values()) {
        for (const [index, bound] of BUCKETS.entries()) {
          lines.push(`${name}_bucket{${labels},le="${bound}"} ${buckets[index]}`);
        }
        lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`);
        lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`);
      }
      return lines.join("\n") + "\n" +
        gauge("studio_http_requests_in_flight", "Requests being answered, waiting polls among them.", [
          { labels: {}, value: inFlight },
        ]);
    },
  };
}

/** One gauge with its values, as Prometheus text. */
export function gauge(
  name: string,
  help: string,
  values: { labels: Record<string, string>; value: number }[],
): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];
  for (const { labels, value } of values) {
    const pairs = Object.entries(labels).map(([key, each]) => label(key, each)).join(",");
    lines.push(`${name}${pairs ? `{${pairs}}` : ""} ${value}`);
  }
  return lines.join("\n") + "\n";
}

function label(name: string, value: string): string {
  return `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

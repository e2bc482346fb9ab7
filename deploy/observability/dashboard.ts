import { join } from "@std/path";

/** `deno run -A deploy/observability/dashboard.ts` writes dashboard.json, for Grafana's import. */

interface Panel {
  title: string;
  description: string;
  type: "timeseries" | "stat";
  unit: "short" | "s" | "reqps" | "percentunit" | "bytes";
  /** PromQL and how a series is called. */
  queries: [expr: string, legend: string][];
  stacked?: boolean;
  width: 6 | 8 | 12;
}

const REQUESTS = "studio_http_request_duration_seconds";
/** Polls wait by design. */
const NO_POLLS = 'route!~"/api/agent/lease|/api/events"';

/** Left to right, top to bottom, in the order in which one asks when something is wrong. */
const PANELS: readonly Panel[] = [
  stat(
    "Agents online",
    "Paused and draining ones apart.",
    'max(studio_agents{state="online"}) or vector(0)',
    "short",
  ),
  stat(
    "Jobs at work",
    "Leases.",
    'sum(max by (capability) (studio_jobs{state="leased"})) or vector(0)',
    "short",
  ),
  stat("Longest wait", "Of a queued job.", "max(studio_queue_oldest_seconds) or vector(0)", "s"),
  stat("Git behind by", "Age of the oldest row of the outbox.", "max(studio_outbox_oldest_seconds)", "s"),
  graph("Queue by capability", "Jobs that wait for an agent.", 12, "short", [
    ['max by (capability) (studio_jobs{state="queued"})', "{{capability}}"],
  ], true),
  graph("Longest wait by capability", "Since the job was asked for.", 12, "s", [
    ["max by (capability) (studio_queue_oldest_seconds)", "{{capability}}"],
  ]),
  graph("Leases by capability", "Jobs at work.", 12, "short", [
    ['max by (capability) (studio_jobs{state="leased"})', "{{capability}}"],
  ], true),
  graph("Agents by state", "As the fleet page counts them.", 12, "short", [
    ["max by (state) (studio_agents)", "{{state}}"],
  ], true),
  graph("Requests", "Each second, by status.", 8, "reqps", [
    [`sum by (status) (rate(${REQUESTS}_count[5m]))`, "{{status}}"],
  ], true),
  graph("Time to answer", "Without polls, which wait by design.", 8, "s", [
    [`histogram_quantile(0.5, sum by (le) (rate(${REQUESTS}_bucket{${NO_POLLS}}[5m])))`, "half"],
    [`histogram_quantile(0.99, sum by (le) (rate(${REQUESTS}_bucket{${NO_POLLS}}[5m])))`, "99 of 100"],
  ]),
  graph("Failing routes", "5xx each second.", 8, "reqps", [
    [`sum by (route) (rate(${REQUESTS}_count{status=~"5.."}[5m]))`, "{{route}}"],
  ]),
  graph("Outbox", "Rows that Git has yet to hold.", 8, "short", [["max(studio_outbox_depth)", "rows"]]),
  graph(
    "Billing behind",
    "Rows of the ledger that its webhook has yet to take, and the age of the oldest.",
    8,
    "short",
    [
      ["max(studio_webhook_waiting)", "rows"],
      ["max(studio_webhook_oldest_seconds) / 60", "minutes"],
    ],
  ),
  graph("Sockets and requests in flight", "By gateway.", 8, "short", [
    ["studio_sockets", "sockets {{instance}}"],
    ["studio_http_requests_in_flight", "requests {{instance}}"],
  ]),
  graph("Disk left", "Of repositories, and of objects on disk.", 8, "percentunit", [
    ["min(studio_data_free_bytes / studio_data_size_bytes)", "left"],
  ]),
];

function stat(title: string, description: string, expr: string, unit: Panel["unit"]): Panel {
  return { title, description, type: "stat", unit, queries: [[expr, ""]], width: 6 };
}

function graph(
  title: string,
  description: string,
  width: Panel["width"],
  unit: Panel["unit"],
  queries: Panel["queries"],
  stacked = false,
): Panel {
  return { title, description, type: "timeseries", unit, queries, stacked, width };
}

/** Grafana's model of the dashboard; the data source is chosen at import. */
export function dashboard() {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  let [x, y, height] = [0, 0, 0];
  return {
    uid: "generative-media-studio",
    title: "Generative Media Studio",
    tags: ["studio"],
    schemaVersion: 39,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }],
    },
    panels: PANELS.map((panel, index) => {
      if (x + panel.width > 24) [x, y] = [0, y + height];
      height = panel.type === "stat" ? 4 : 8;
      const gridPos = { x, y, w: panel.width, h: height };
      x += panel.width;
      return {
        id: index + 1,
        title: panel.title,
        description: panel.description,
        type: panel.type,
        gridPos,
        datasource,
        fieldConfig: {
          defaults: {
            unit: panel.unit,
            min: 0,
            ...panel.type === "timeseries" && {
              custom: panel.stacked ? { fillOpacity: 20, stacking: { mode: "normal" } } : { fillOpacity: 0 },
            },
          },
          overrides: [],
        },
        targets: panel.queries.map(([expr, legendFormat], at) => ({
          refId: String.fromCharCode(65 + at),
          ...{ datasource, expr, legendFormat },
        })),
      };
    }),
  };
}

export function written(): string {
  return JSON.stringify(dashboard(), null, 2) + "\n";
}

if (import.meta.main) await Deno.writeTextFile(join(import.meta.dirname!, "dashboard.json"), written());

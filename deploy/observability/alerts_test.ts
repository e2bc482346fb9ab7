import assert from "node:assert/strict";
import { join } from "@std/path";
import { attempt, onPath } from "../testing/validators.ts";

const ALERTS = join(import.meta.dirname!, "alerts.yaml");
const promtool = await onPath("promtool");
if (!promtool) {
  console.warn("Skipped, the alerts: `promtool` is not on the PATH; run `deno task setup --tests`.");
}

/** Series by name, a value a minute as promtool writes it: `1x5 0+60x20`. */
interface Night {
  what: string;
  series: Record<string, string>;
  /** Minutes after the beginning at which one looks. */
  at: number;
  /** What rings then; absent: nothing does. */
  rings?: { alert: string; labels?: Record<string, string> };
}

const REQUESTS = "studio_http_request_duration_seconds_count";
const gib = 1024 ** 3;
/** A studio that does well: on top of it each night has its trouble. */
const WELL = {
  'up{job="studio",instance="a"}': "1x600",
  'up{job="studio",instance="b"}': "1x600",
  [`${REQUESTS}{status="200"}`]: "0+100x600",
  studio_outbox_oldest_seconds: "0x600",
  'studio_agents{state="online"}': "3x600",
  'studio_jobs{state="leased",capability="x@low"}': "2x600",
  studio_queue_runnable_oldest_seconds: "30x600",
  studio_data_free_bytes: `${50 * gib}x600`,
  studio_data_size_bytes: `${100 * gib}x600`,
};

const NIGHTS: readonly Night[] = [
  { what: "nothing happens", series: {}, at: 500 },
  {
    what: "every gateway is away",
    series: { 'up{job="studio",instance="a"}': "1x5 0x60", 'up{job="studio",instance="b"}': "1x5 0x60" },
    at: 10,
    rings: { alert: "StudioAway" },
  },
  {
    what: "nobody is there to be asked",
    series: { 'up{job="studio",instance="a"}': "_x60", 'up{job="studio",instance="b"}': "_x60" },
    at: 10,
    rings: { alert: "StudioAway", labels: { job: "studio" } },
  },
  { what: "one gateway of two is away", series: { 'up{job="studio",instance="a"}': "1x5 0x60" }, at: 30 },
  {
    what: "all are started anew within two minutes",
    series: {
      'up{job="studio",instance="a"}': "1x5 0x1 1x60",
      'up{job="studio",instance="b"}': "1x5 0x1 1x60",
    },
    at: 8,
  },
  {
    what: "one request in ten fails",
    series: { [`${REQUESTS}{status="500"}`]: "0+12x60" },
    at: 30,
    rings: { alert: "StudioFailing" },
  },
  { what: "one request in fifty fails", series: { [`${REQUESTS}{status="500"}`]: "0+2x60" }, at: 30 },
  {
    what: "the only request of an hour fails",
    series: { [`${REQUESTS}{status="200"}`]: "0x60", [`${REQUESTS}{status="500"}`]: "0x20 1x40" },
    at: 30,
  },
  {
    what: "Git is not told any more",
    series: { studio_outbox_oldest_seconds: "0+60x60" },
    at: 40,
    rings: { alert: "GitBehind" },
  },
  {
    what: "Git catches up after twenty minutes",
    series: { studio_outbox_oldest_seconds: "0+60x20 0x60" },
    at: 40,
  },
  {
    what: "jobs wait for hours, and no machine that is there takes one",
    series: {
      studio_queue_runnable_oldest_seconds: "3600+60x120",
      'studio_jobs{state="leased",capability="x@low"}': "0x120",
    },
    at: 60,
    rings: { alert: "NobodyTakesJobs" },
  },
  {
    what: "the same, and Prometheus has no line of leases, as none is there",
    series: {
      studio_queue_runnable_oldest_seconds: "3600+60x120",
      'studio_jobs{state="leased",capability="x@low"}': "_x120",
    },
    at: 60,
    rings: { alert: "NobodyTakesJobs" },
  },
  {
    what: "jobs wait for hours behind others that are made",
    series: { studio_queue_runnable_oldest_seconds: "3600+60x120" },
    at: 60,
  },
  {
    what: "jobs wait for hours for a card that nobody has, and nothing else is asked for",
    series: {
      'studio_queue_oldest_seconds{capability="y@high"}': "3600+60x120",
      studio_queue_runnable_oldest_seconds: "0x120",
      'studio_jobs{state="leased",capability="x@low"}': "0x120",
    },
    at: 60,
  },
  {
    what: "the disk is nearly full",
    series: { studio_data_free_bytes: `${4 * gib}x60` },
    at: 30,
    rings: { alert: "DiskFillsUp" },
  },
  {
    what: "it is full by the morning",
    series: { studio_data_free_bytes: `${50 * gib}-${Math.round(0.12 * gib)}x300` },
    at: 240,
    rings: { alert: "DiskFillsUp" },
  },
  {
    what: "a large film is brought in",
    series: { studio_data_free_bytes: `${50 * gib}x360 ${50 * gib}-${gib / 2}x20 ${40 * gib}x200` },
    at: 400,
  },
];

Deno.test({
  name: "each alert rings in the night that it is for, and in no other",
  ignore: !promtool,
}, async (t) => {
  const text = await Deno.readTextFile(ALERTS);
  const alerts = new Map(
    [...text.matchAll(/- alert: (\w+)[\s\S]*?summary: (.*)\n\s+description: (.*)\n/g)]
      .map(([, name, summary, description]) => [name!, { summary: summary!, description: description! }]),
  );
  const rung = new Set(NIGHTS.flatMap((night) => night.rings?.alert ?? []));
  assert.deepEqual([...alerts.keys()].sort(), [...rung].sort(), "every alert has its night");
  for (const { what, series, at, rings } of NIGHTS) {
    await t.step(what, async () => {
      const file = await Deno.makeTempFile({ suffix: ".json" });
      try {
        const test = {
          interval: "1m",
          input_series: Object.entries({ ...WELL, ...series }).map(([series, values]) => ({
            series,
            values,
          })),
          alert_rule_test: [...alerts].map(([alertname, exp_annotations]) => ({
            eval_time: `${at}m`,
            alertname,
            exp_alerts: alertname === rings?.alert
              ? [{ exp_labels: { severity: "page", ...rings.labels }, exp_annotations }]
              : [],
          })),
        };
        await Deno.writeTextFile(
          file,
          JSON.stringify({ rule_files: [ALERTS], evaluation_interval: "1m", tests: [test] }),
        );
        const { ok, said } = await attempt(promtool!, ["test", "rules", file]);
        assert.ok(ok, said);
      } finally {
        await Deno.remove(file);
      }
    });
  }
});

import { Download, Gauge } from "lucide-preact";
import { studioNow } from "../state/clock.ts";
import { useEffect, useState } from "preact/hooks";
import type { Usage, UsageBy, UsageRow } from "../../shared/api/usage.ts";
import { access } from "./api.ts";
import { ToFilms } from "../components/to_films.tsx";
import { attempt } from "../state/toasts.ts";
import { CreditsSection } from "./credits_section.tsx";
import { DonorsSection } from "./donors_section.tsx";
import { PersonMenu } from "./person_menu.tsx";
import { PlanSection } from "./plan_section.tsx";
import { bytesText, hoursText } from "../state/words.ts";

const TABLES: readonly { by: UsageBy; title: string; first: string }[] = [
  { by: "project", title: "What each film used", first: "Film" },
  { by: "agent", title: "Who gave it", first: "Machine" },
  { by: "tier", title: "At which quality", first: "Quality" },
];
const DAY_MS = 86_400_000;
const SPANS = [["All time", 0], ["Last 7 days", 7], ["Last 30 days", 30]] as const;

/** What was used, and who gave it. */
export function UsagePage() {
  const [days, setDays] = useState(0);
  const [usage, setUsage] = useState<Usage[] | null>(null);
  const from = days ? new Date(studioNow() - (days - 1) * DAY_MS).toISOString().slice(0, 10) : undefined;
  useEffect(() => {
    document.title = "Usage";
    void attempt(() => Promise.all(TABLES.map(({ by }) => access.usage(by, from)))).then((all) =>
      all && setUsage(all)
    );
  }, [days]);
  return (
    <main class="pages">
      <header>
        <ToFilms />
        <h1>Usage</h1>
        <select
          class="input"
          aria-label="Time"
          value={String(days)}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
        >
          {SPANS.map(([label, span]) => <option key={span} value={String(span)}>{label}</option>)}
        </select>
        <PersonMenu />
      </header>
      <PlanSection />
      {usage?.every(({ rows }) => rows.length === 0)
        ? (
          <div class="empty">
            <Gauge size={40} />
            <h2>Nothing was used</h2>
            <p>
              Every attempt that ends is counted here: time on cards, and what its take added to the store.
            </p>
          </div>
        )
        : usage?.map((each, index) => <Table key={each.by} usage={each} from={from} {...TABLES[index]!} />)}
      <DonorsSection from={from} />
      <CreditsSection />
    </main>
  );
}

function Table(
  { usage, title, first, from }: { usage: Usage; title: string; first: string; from: string | undefined },
) {
  return (
    <section>
      <h2>
        {title}
        <a
          class="button quiet small"
          download
          href={`/api/usage.csv?by=${usage.by}${from ? `&from=${from}` : ""}`}
        >
          <Download size={14} /> CSV
        </a>
      </h2>
      <table class="numbers">
        <thead>
          <tr>
            <th>{first}</th>
            <th>Attempts</th>
            <th>GPU time</th>
            <th>CPU time</th>
            <th>Added to the store</th>
          </tr>
        </thead>
        <tbody>
          {usage.rows.map((row) => (
            <tr key={row.id ?? row.name}>
              <td>
                <b>{row.name}</b>
              </td>
              <Amounts {...row} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td>Together</td>
            <Amounts {...usage.total} />
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function Amounts(row: Omit<UsageRow, "id" | "name">) {
  return (
    <>
      <td class="mono">{row.attempts}</td>
      <td class="mono">{hoursText(row.gpu_seconds)}</td>
      <td class="mono">{hoursText(row.cpu_seconds)}</td>
      <td class="mono">{bytesText(row.storage_bytes)}</td>
    </>
  );
}

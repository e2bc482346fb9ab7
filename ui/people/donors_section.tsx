import { useEffect, useState } from "preact/hooks";
import type { Given } from "../../shared/api/usage.ts";
import { type Tier, TIERS } from "../../shared/tiers.ts";
import { callAt } from "../api.ts";
import { attempt } from "../state/toasts.ts";
import { hoursText } from "../state/words.ts";

type Rows = Given[];

/** Who lent what, and what was done with it for which film. */
export function DonorsSection({ from }: { from: string | undefined }) {
  const [mine, setMine] = useState(false);
  const [rows, setRows] = useState<Rows | null>(null);
  useEffect(() => {
    const query = new URLSearchParams({ ...(from ? { from } : {}), ...(mine ? { mine: "true" } : {}) });
    void attempt(() => callAt<{ rows: Rows }>("GET", `/api/usage/donors?${query}`))
      .then((answer) => answer && setRows(answer.rows));
  }, [from, mine]);
  if (!rows || (rows.length === 0 && !mine)) return null;
  return (
    <section>
      <h2>
        Who lent what
        <label class="check">
          <input type="checkbox" checked={mine} onChange={(event) => setMine(event.currentTarget.checked)} />
          My machines only
        </label>
      </h2>
      {rows.length === 0
        ? <p class="dim">Your machines have done nothing in this time.</p>
        : (
          <table class="numbers">
            <thead>
              <tr>
                <th>Lent by</th>
                <th class="words">Card</th>
                <th class="words">Film</th>
                <th class="words">Quality</th>
                <th>Attempts</th>
                <th>GPU time</th>
                <th>CPU time</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.lent_by} ${row.card} ${row.tier} ${row.project_id} ${row.check}`}>
                  <td>
                    <b>{row.lent_by ?? "The studio"}</b>
                  </td>
                  <td class="words">{row.card ?? "Not known"}</td>
                  <td class={row.check ? "words dim" : "words"}>{row.project}</td>
                  <td class="words">{row.tier ? TIERS[row.tier as Tier].label : "Films"}</td>
                  <td class="mono">{row.attempts}</td>
                  <td class="mono">{hoursText(row.gpu_seconds)}</td>
                  <td class="mono">{hoursText(row.cpu_seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </section>
  );
}

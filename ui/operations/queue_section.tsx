import type { Operations } from "../../shared/api/operations.ts";
import { TIERS } from "../../shared/tiers.ts";
import { hoursText } from "../state/words.ts";

/** What waits and runs at each quality, and why what waits does. */
export function QueueSection({ queue }: { queue: Operations["queue"] }) {
  const { tiers, reasons, unexplained } = queue;
  const busy = tiers.some(({ waiting, blocked, running }) => waiting + blocked + running > 0);
  return (
    <section>
      <h2>Queue</h2>
      {!busy && <p class="dim">Nothing waits and nothing runs.</p>}
      {busy && (
        <table class="numbers">
          <thead>
            <tr>
              <th>Quality</th>
              <th>Waiting</th>
              <th>After other jobs</th>
              <th>Running</th>
              <th>Longest wait</th>
            </tr>
          </thead>
          <tbody>
            {tiers.map(({ tier, waiting, blocked, running, oldest_s }) => (
              <tr key={tier ?? "film"}>
                <td>
                  <b>{tier ? TIERS[tier].label : "Films"}</b>
                </td>
                <td class="mono">{waiting}</td>
                <td class="mono">{blocked}</td>
                <td class="mono">{running}</td>
                <td class="mono">{oldest_s === null ? "–" : hoursText(oldest_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((each) => (
            <li key={each.sentence}>
              {each.sentence} <span class="dim">The longest for {hoursText(each.oldest_s)}.</span>
            </li>
          ))}
          {unexplained > 0 && <li class="dim">{unexplained} more wait for other reasons.</li>}
        </ul>
      )}
    </section>
  );
}

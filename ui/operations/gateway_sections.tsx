import type { DatabaseFigures, ProcessFigures } from "../../shared/api/operations.ts";
import { bytesText, hoursText } from "../state/words.ts";
import { Facts } from "./storage_section.tsx";

/** Less than this part of a disk free is worth a colour. */
const LITTLE = 0.1;

export function DatabaseSection({ kind, version, bytes, connections, slow, slow_missing }: DatabaseFigures) {
  return (
    <section>
      <h2>Database</h2>
      <Facts
        rows={[
          { name: "PostgreSQL", value: kind === "embedded" ? `${version}, embedded` : version },
          { name: "Size", value: bytesText(bytes) },
          {
            name: "Connections used",
            value: connections ? `${connections.used} of ${connections.most}` : "one, its own",
          },
        ]}
      />
      <h3>Queries that took most time</h3>
      {slow_missing && <p class="dim">{slow_missing}</p>}
      {!slow_missing && slow.length === 0 && <p class="dim">None was counted yet.</p>}
      {slow.length > 0 && (
        <table class="numbers slow">
          <thead>
            <tr>
              <th>Query</th>
              <th>Calls</th>
              <th>Each</th>
              <th>Together</th>
            </tr>
          </thead>
          <tbody>
            {slow.map((each) => (
              <tr key={each.query}>
                <td>
                  <code title={each.query}>{each.query}</code>
                </td>
                <td class="mono">{each.calls.toLocaleString()}</td>
                <td class="mono">{each.mean_ms.toFixed(1)} ms</td>
                <td class="mono">{hoursText(each.total_ms / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

export function ProcessSection(figures: ProcessFigures) {
  const { version, deno, uptime_s, sockets, memory, event_loop, disk } = figures;
  return (
    <section>
      <h2>
        Gateway <span class="dim">the one that answers</span>
      </h2>
      <Facts
        rows={[
          { name: "Version", value: `${version}, on Deno ${deno}` },
          { name: "Runs for", value: hoursText(uptime_s) },
          { name: "Open sockets", value: sockets },
          { name: "Memory", value: `${bytesText(memory.rss)}, of which heap ${bytesText(memory.heap)}` },
          {
            name: "Late to its work",
            value: `${event_loop.mean_ms} ms, at most ${event_loop.max_ms} ms in the last minute`,
          },
          ...(disk
            ? [{
              name: "Disk free",
              value: `${bytesText(disk.free)} of ${bytesText(disk.size)}`,
              low: disk.free < disk.size * LITTLE,
            }]
            : []),
        ]}
      />
    </section>
  );
}

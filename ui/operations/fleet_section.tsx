import type { FleetGroup, Operations } from "../../shared/api/operations.ts";

const WORDS: Record<FleetGroup["group"], { label: string; dot: string }> = {
  working: { label: "Working", dot: "well" },
  idle: { label: "Online, nothing to do", dot: "well" },
  resting: { label: "Resting by their owner's rules", dot: "" },
  paused: { label: "Paused or draining", dot: "" },
  suspended: { label: "A runner suspended", dot: "attention" },
  offline: { label: "Offline", dot: "attention" },
  silent: { label: "Offline for an hour or more", dot: "broken" },
};

/** Who works, who could, and who is not there. */
export function FleetSection({ agents }: { agents: Operations["agents"] }) {
  return (
    <section>
      <h2>
        Agents
        {agents.total > 0 && <span class="dim">{agents.online} of {agents.total} online</span>}
      </h2>
      {agents.total === 0 && (
        <p class="dim">
          No machine has joined. "Add a GPU" under Fleet prints the one command it needs.
        </p>
      )}
      {agents.total > 0 && (
        <table>
          <tbody>
            {agents.groups.map(({ group, count, names }) => (
              <tr key={group}>
                <td class="state">
                  <span class="row">
                    <i class={`dot ${WORDS[group].dot}`} /> {WORDS[group].label}
                  </span>
                </td>
                <td class="mono count">{count}</td>
                <td class="dim">
                  {names.join(", ")}
                  {count > names.length && ` and ${count - names.length} more`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

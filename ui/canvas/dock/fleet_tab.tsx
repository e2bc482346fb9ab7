import { signal } from "@preact/signals";
import { type Trust, TRUST_WORDS, TRUSTS } from "../../../shared/jobs/trust.ts";
import { managesFleet } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { farm } from "../fleet/api.ts";
import { FilmMachines } from "../fleet/film_machines.tsx";
import { useWorkspace } from "../workspace.ts";
import { Row } from "./fleet_row.tsx";
import { JoinCommands } from "./join_commands.tsx";

const invitation = signal<Awaited<ReturnType<typeof farm.joinCode>> | null>(null);

/** Whose the machine is that is invited; whoever lends their own is trusted. */
const trust = signal<Trust>("trusted");

async function invite() {
  const code = await attempt(() => farm.joinCode({ trust: trust.value }));
  if (code) invitation.value = code;
}

export function FleetTab() {
  const { live } = useWorkspace();
  const agents = [...live.agents.value.values()].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <div style="display:flex;gap:12px;align-items:center;padding:8px 12px">
        <button type="button" class="button small" onClick={() => void invite()}>Add a GPU</button>
        {managesFleet.value && (
          <select
            class="input small"
            aria-label="Whose machine it is"
            value={trust.value}
            onChange={(event) => {
              trust.value = event.currentTarget.value as Trust;
              invitation.value = null;
            }}
          >
            {TRUSTS.map((each) => <option key={each} value={each}>{TRUST_WORDS[each]}</option>)}
          </select>
        )}
        {invitation.value && (
          <span class="dim">
            Paste one of these on that machine: works once, until{" "}
            {new Date(invitation.value.expires_at).toLocaleTimeString()}
          </span>
        )}
      </div>
      {invitation.value && <JoinCommands {...invitation.value} />}
      {agents.length === 0
        ? (
          <div class="empty">
            <p>No machine has joined. "Add a GPU" prints the one command that a machine needs.</p>
          </div>
        )
        : (
          <table class="fleet" aria-label="Fleet">
            <tbody>{agents.map((agent) => <Row key={agent.id} agent={agent} />)}</tbody>
          </table>
        )}
      <FilmMachines />
    </>
  );
}

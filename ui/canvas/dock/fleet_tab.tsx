import type { Agent } from "../../../shared/api/work.ts";
import { AddGpu } from "../fleet/add_gpu.tsx";
import { FilmMachines } from "../fleet/film_machines.tsx";
import { useWorkspace } from "../workspace.ts";
import { Row } from "./fleet_row.tsx";

export function FleetTab() {
  const { live } = useWorkspace();
  return (
    <>
      <AddGpu />
      <FleetTable agents={[...live.agents.value.values()]} />
      <FilmMachines />
    </>
  );
}

/** Every machine of the studio, by name. */
export function FleetTable({ agents }: { agents: Agent[] }) {
  if (agents.length === 0) {
    return (
      <div class="empty">
        <p>No machine has joined. "Add a GPU" prints the one command that a machine needs.</p>
      </div>
    );
  }
  return (
    <table class="fleet" aria-label="Fleet">
      <tbody>
        {agents.toSorted((a, b) => a.name.localeCompare(b.name)).map((agent) => (
          <Row key={agent.id} agent={agent} />
        ))}
      </tbody>
    </table>
  );
}

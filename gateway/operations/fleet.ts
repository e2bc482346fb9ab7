import type { FleetGroup } from "../../shared/api/operations.ts";
import type { AgentRow } from "../agents/mod.ts";

const HOUR_MS = 3600_000;
/** Names a group shows. */
const SHOWN = 12;

interface Fleet {
  total: number;
  online: number;
  groups: FleetGroup[];
}

/** Who works, who could, and who is not there; groups without anybody are left out. */
export function fleetOf(roster: readonly AgentRow[], working: ReadonlySet<string>, now: number): Fleet {
  const online = roster.filter((agent) => agent.online);
  const away = roster.filter((agent) => !agent.online);
  const held = (agent: AgentRow) => agent.paused || agent.draining || agent.leaving;
  const silent = (agent: AgentRow) => !agent.last_seen_at || now - agent.last_seen_at.getTime() > HOUR_MS;
  const groups: [FleetGroup["group"], AgentRow[], ((agent: AgentRow) => string)?][] = [
    ["working", online.filter((agent) => working.has(agent.id))],
    ["idle", online.filter((agent) => !working.has(agent.id) && !held(agent) && !agent.resting)],
    ["resting", online.filter((agent) => agent.resting), (agent) => agent.resting!],
    ["paused", online.filter(held), (agent) => agent.paused ? "paused" : "draining"],
    [
      "suspended",
      roster.filter((agent) => agent.suspended.length),
      (agent) => agent.suspended.map(({ runner }) => runner).join(", "),
    ],
    ["offline", away.filter((agent) => !silent(agent))],
    ["silent", away.filter(silent)],
  ];
  return {
    total: roster.length,
    online: online.length,
    groups: groups.filter(([, agents]) => agents.length).map(([group, agents, about]) => ({
      group,
      count: agents.length,
      names: agents.slice(0, SHOWN).map((agent) => about ? `${agent.name} (${about(agent)})` : agent.name),
    })),
  };
}

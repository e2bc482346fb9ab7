import { signal } from "@preact/signals";
import type { Agent } from "../../../shared/api/work.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { agoText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";

const invitation = signal<Awaited<ReturnType<typeof api.joinCode>> | null>(null);

async function invite() {
  const code = await attempt(() => api.joinCode());
  if (code) invitation.value = code;
}

export function FleetTab() {
  const { live } = useWorkspace();
  const agents = [...live.agents.value.values()].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <div style="display:flex;gap:12px;align-items:center;padding:8px 12px">
        <button type="button" class="button small" onClick={() => void invite()}>Add a GPU</button>
        {invitation.value && (
          <span class="dim">
            Paste one of these on that machine: works once, until{" "}
            {new Date(invitation.value.expires_at).toLocaleTimeString()}
          </span>
        )}
      </div>
      {invitation.value && (
        <dl class="commands">
          <dt class="dim">Linux, macOS</dt>
          <dd>
            <code class="mono">{invitation.value.command}</code>
          </dd>
          <dt class="dim">Windows (PowerShell)</dt>
          <dd>
            <code class="mono">{invitation.value.command_windows}</code>
          </dd>
        </dl>
      )}
      {agents.length === 0
        ? (
          <div class="empty">
            <p>No machine has joined. "Add a GPU" prints the one command that a machine needs.</p>
          </div>
        )
        : (
          <table>
            <tbody>{agents.map((agent) => <Row key={agent.id} agent={agent} />)}</tbody>
          </table>
        )}
    </>
  );
}

function Row({ agent }: { agent: Agent }) {
  const cards = agent.slots.map((slot) =>
    slot.vram_mb ? `${slot.name}, ${Math.round(slot.vram_mb / 1024)} GB` : slot.name
  ).join("; ");
  const busy = agent.slots.filter((slot) => slot.job_id).length;
  const resting = agent.state === "online" && agent.resting;
  const dot = resting
    ? "attention"
    : agent.state === "online"
    ? "well"
    : agent.state === "offline"
    ? ""
    : "attention";
  const words = resting
    ? `Resting: ${agent.resting}${busy ? ` ${busy} working.` : ""}`
    : agent.state === "online"
    ? (busy ? `${busy} working` : "Idle")
    : agent.state === "offline"
    ? `Offline, seen ${agent.last_seen_at ? agoText(agent.last_seen_at) : "never"}`
    : agent.state === "paused"
    ? "Paused"
    : "Draining";
  return (
    <tr>
      <td>
        <i class={`dot ${dot}`} style="display:inline-block;margin-right:8px" />
        <b>{agent.name}</b>
      </td>
      <td class="dim">{cards}</td>
      <td>
        {words}
        {agent.state !== "offline" && agent.doing && <div class="dim">{agent.doing}</div>}
      </td>
      <td class="dim" title={agent.cannot.map((each) => each.sentence).join("\n")}>
        {agent.slots.reduce((sum, slot) => sum + slot.capabilities.length, 0)}{" "}
        can do{agent.cannot.length ? `, ${agent.cannot.length} it cannot` : ""}
      </td>
      <td>
        {agent.suspended.map((each) => (
          <button
            type="button"
            key={each.runner}
            class="button small"
            onClick={() => void attempt(() => api.clearSuspension(agent.id, each.runner))}
          >
            {each.runner} suspended: allow again
          </button>
        ))}
      </td>
      <td style="text-align:right">
        <button
          type="button"
          class="button quiet small"
          onClick={() => void attempt(() => api.updateAgent(agent.id, { paused: agent.state !== "paused" }))}
        >
          {agent.state === "paused" ? "Resume" : "Pause"}
        </button>
      </td>
    </tr>
  );
}

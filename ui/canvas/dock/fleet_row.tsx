import { useState } from "preact/hooks";
import type { Agent } from "../../../shared/api/work.ts";
import { TRUST_WORDS } from "../../../shared/jobs/trust.ts";
import { may } from "../../../shared/roles.ts";
import { api } from "../../api.ts";
import { managesFleet, me } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { agoText } from "../../state/words.ts";
import { AgentDetails } from "../fleet/agent_details.tsx";
import { farm } from "../fleet/api.ts";
import { tagsOf } from "../fleet/machines.tsx";
import { useFilm } from "../workspace.ts";

/** One machine: what it has, what it does, and for whoever may, how it is used. */
export function Row({ agent }: { agent: Agent }) {
  const [open, setOpen] = useState(false);
  const film = useFilm();
  const mine = managesFleet.value || (agent.owner_id && agent.owner_id === me.value?.id);
  const working = agent.slots.flatMap((slot) => slot.job_id ? [film?.live.jobs.value.get(slot.job_id)] : []);
  const cards = agent.slots.map((slot) =>
    slot.vram_mb ? `${slot.name}, ${Math.round(slot.vram_mb / 1024)} GB` : slot.name
  ).join("; ");
  const tags = tagsOf(agent);
  const busy = agent.slots.filter((slot) => slot.job_id).length;
  const resting = agent.state === "online" && agent.resting;
  const dot = agent.quarantine
    ? "broken"
    : resting
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
    : agent.state === "quarantined"
    ? (busy ? `${busy} working` : "")
    : agent.state === "paused"
    ? "Paused"
    : "Draining";
  /** Runners at a quality, whichever card makes them. */
  const can = new Set(agent.slots.flatMap((slot) => slot.capabilities)).size;
  const row = (
    <tr>
      <td>
        <i class={`dot ${dot}`} style="display:inline-block;margin-right:8px" />
        <b>{agent.name}</b>
        {agent.lent_by && <span class="dim">&nbsp; by {agent.lent_by}</span>}
      </td>
      <td class="dim" title={agent.reputation?.sentence}>
        {TRUST_WORDS[agent.trust ?? "trusted"]}
        {agent.reputation && (
          <div>
            Reputation {agent.reputation.score}
            {agent.reputation.probation && ", on probation"}
          </div>
        )}
      </td>
      <td class="dim cards">
        {cards}
        {tags.length > 0 && (
          <ul class="tags" aria-label={`Tags of ${agent.name}`}>
            {tags.map((tag) => <li key={tag}>{tag}</li>)}
          </ul>
        )}
      </td>
      <td
        title={working.map((job) => job?.title ?? (film ? "Work of another film" : "Work of a film")).join(
          "\n",
        )}
      >
        {agent.quarantine
          ? (
            <div class="quarantine">
              <b>Quarantined</b>
              {words && <>&nbsp; {words}</>}
              <p class="dim">{agent.quarantine.reason}</p>
            </div>
          )
          : words}
        {agent.state !== "offline" && agent.doing && <div class="dim">{agent.doing}</div>}
      </td>
      <td class="dim abilities" title={agent.cannot.map((each) => each.sentence).join("\n")}>
        Makes {can}
        {agent.cannot.length ? ` of ${can + agent.cannot.length}` : ""}
      </td>
      <td>
        {agent.quarantine && me.value && may(me.value, agent.quarantine.by_check ? "fleet" : "run") && (
          <button
            type="button"
            class="button small"
            title={agent.quarantine.by_check
              ? "It gets work again, and is checked more often at first"
              : "It gets work again. It also does when it is started again and its self test passes"}
            onClick={() => void attempt(() => farm.endQuarantine(agent.id))}
          >
            End quarantine of {agent.name}
          </button>
        )}
        {!agent.quarantine && agent.suspended.map((each) => (
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
      <td class="row-buttons">
        {mine && (
          <>
            <button
              type="button"
              class="button quiet small"
              aria-expanded={open}
              aria-label={`Settings of ${agent.name}`}
              onClick={() => setOpen(!open)}
            >
              Settings
            </button>
            <button
              type="button"
              class="button quiet small"
              onClick={() =>
                void attempt(() => farm.updateAgent(agent.id, { paused: agent.state !== "paused" }))}
            >
              {agent.state === "paused" ? "Resume" : "Pause"}
            </button>
          </>
        )}
      </td>
    </tr>
  );
  return open && mine
    ? (
      <>
        {row}
        <tr class="details">
          <td colSpan={7}>
            <AgentDetails agent={agent} />
          </td>
        </tr>
      </>
    )
    : row;
}

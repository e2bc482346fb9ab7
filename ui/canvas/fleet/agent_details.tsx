import { useState } from "preact/hooks";
import type { Agent } from "../../../shared/api/work.ts";
import { type Trust, TRUST_WORDS, TRUSTS } from "../../../shared/jobs/trust.ts";
import { TextField } from "../../components/text_field.tsx";
import { managesFleet } from "../../people/me.ts";
import { attempt, say } from "../../state/toasts.ts";
import { useFilm } from "../workspace.ts";
import { farm } from "./api.ts";
import { Said } from "./job_details.tsx";

/** How a machine is used: what it is called, whom it works for, how far it is trusted, and whether it stays. */
export function AgentDetails({ agent }: { agent: Agent }) {
  const film = useFilm();
  const [sure, setSure] = useState(false);
  const change = (body: Parameters<typeof farm.updateAgent>[1]) =>
    void attempt(() => farm.updateAgent(agent.id, body));
  const draining = agent.state === "draining";
  return (
    <div class="agent-details">
      <TextField
        label="Name"
        most={60}
        value={agent.name}
        onCommit={(name) => name.trim() && change({ name: name.trim() })}
      />
      <TextField
        label="In credits"
        most={80}
        value={agent.lent_by ?? ""}
        placeholder="The studio"
        onCommit={(name) => change({ lent_by: name.trim() || null })}
      />
      {agent.reputation && (
        <p class="dim">Reputation {agent.reputation.score} of 100. {agent.reputation.sentence}</p>
      )}
      {managesFleet.value && (
        <>
          <label>
            <span class="dim">Whose machine it is</span>
            <select
              class="input"
              value={agent.trust ?? "trusted"}
              onChange={(event) => change({ trust: event.currentTarget.value as Trust })}
            >
              {TRUSTS.map((each) => <option key={each} value={each}>{TRUST_WORDS[each]}</option>)}
            </select>
          </label>
          <TextField
            label="Pools"
            note="with commas"
            value={agent.pools.join(", ")}
            onCommit={(text) => {
              const pools = text.toLowerCase().split(/[\s,]+/).filter(Boolean);
              if (!pools.length || pools.some((pool) => !/^[a-z0-9-]{1,40}$/.test(pool))) {
                say("A pool is a word of letters, digits and hyphens; a machine serves at least one.");
              } else change({ pools });
            }}
          />
          <TextField
            label="Tags"
            note="with commas"
            value={(agent.tags ?? []).join(", ")}
            placeholder="4090, studio-b"
            onCommit={(text) => {
              const tags = [...new Set(text.toLowerCase().split(/[\s,]+/).filter(Boolean))];
              if (tags.length > 30 || tags.some((tag) => !/^[a-z0-9][a-z0-9._-]{0,39}$/.test(tag))) {
                say(
                  "A tag is a word of letters, digits, dots and hyphens, at most 40; a machine has at most 30.",
                );
                return false;
              }
              change({ tags });
            }}
          />
          {agent.own_tags?.length
            ? (
              <p class="dim" title="Given with --tag where the machine runs">
                Tags it brings: {agent.own_tags.join(", ")}
              </p>
            )
            : null}
        </>
      )}
      <button
        type="button"
        class="button small"
        title="It finishes what it has and takes nothing new: for maintenance"
        disabled={agent.state === "offline"}
        onClick={() => change({ draining: !draining })}
      >
        {draining ? "Take work again" : "Drain for maintenance"}
      </button>
      <button
        type="button"
        class="button small"
        title="Its work goes back to the queue, and it must join anew"
        onBlur={() => setSure(false)}
        onClick={() => sure ? void attempt(() => farm.removeAgent(agent.id)) : setSure(true)}
      >
        {sure ? `Really remove ${agent.name}?` : "Remove"}
      </button>
      {agent.slots.flatMap(({ slot, job_id }) =>
        job_id
          ? [
            <div class="job-details" key={slot}>
              <Said
                id={job_id}
                title={film?.live.jobs.value.get(job_id)?.title ?? "work of another film"}
                running
              />
            </div>,
          ]
          : []
      )}
    </div>
  );
}

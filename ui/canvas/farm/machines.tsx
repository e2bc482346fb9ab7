import { X } from "lucide-preact";
import { useWorkspace } from "../workspace.ts";
import { type Scope, usePlacement } from "./placement.ts";

/** On which machines something is to run, and on which not. */
export function Machines({ scope, about }: { scope: Scope; about: string }) {
  const { only, never, ready, set } = usePlacement(scope);
  if (!ready) return null;
  return (
    <div class="machines" role="group" aria-label={`Machines for ${about}`}>
      <List
        title="Run only on"
        none="Any machine"
        ids={only}
        onChange={(ids) => void set({ only: ids, never: never.filter((id) => !ids.includes(id)) })}
      />
      <List
        title="Not on"
        none="None left out"
        ids={never}
        onChange={(ids) => void set({ never: ids, only: only.filter((id) => !ids.includes(id)) })}
      />
    </div>
  );
}

function List(
  { title, none, ids, onChange }: {
    title: string;
    none: string;
    ids: string[];
    onChange: (ids: string[]) => void;
  },
) {
  const { live, canEdit } = useWorkspace();
  const agents = [...live.agents.value.values()].sort((a, b) => a.name.localeCompare(b.name));
  const nameOf = (id: string) => live.agents.value.get(id)?.name ?? "a machine that is gone";
  return (
    <div class="machine-list">
      <span class="dim">{title}</span>
      {ids.length === 0 && <span class="dim">{none}</span>}
      {ids.map((id) => (
        <span class="machine" key={id}>
          {nameOf(id)}
          {canEdit && (
            <button
              type="button"
              class="button quiet icon small"
              aria-label={`${title}: take out ${nameOf(id)}`}
              onClick={() => onChange(ids.filter((each) => each !== id))}
            >
              <X size={12} />
            </button>
          )}
        </span>
      ))}
      {canEdit && agents.some((agent) => !ids.includes(agent.id)) && (
        <select
          class="input small"
          aria-label={`${title}: add a machine`}
          value=""
          onChange={(event) => {
            const id = event.currentTarget.value;
            event.currentTarget.value = "";
            if (id) onChange([...ids, id]);
          }}
        >
          <option value="">Add …</option>
          {agents.filter((agent) => !ids.includes(agent.id)).map((agent) => (
            <option key={agent.id} value={agent.id}>{agent.name}</option>
          ))}
        </select>
      )}
    </div>
  );
}

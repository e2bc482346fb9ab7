import { Tag, X } from "lucide-preact";
import type { Agent } from "../../../shared/api/work.ts";
import { useWorkspace } from "../workspace.ts";
import { type Scope, usePlacement } from "./placement.ts";

/** On which machines something is to run, and on which not: a row for each. */
export function Machines({ scope, about }: { scope: Scope; about: string }) {
  const { only, never, ready, set } = usePlacement(scope);
  if (!ready) return null;
  return (
    <div class="machines" role="group" aria-label={`Machines for ${about}`}>
      <List
        title="Run only on"
        none="Any machine"
        names={only}
        onChange={(names) => void set({ only: names, never: never.filter((name) => !names.includes(name)) })}
      />
      <List
        title="Not on"
        none="None left out"
        names={never}
        onChange={(names) => void set({ never: names, only: only.filter((name) => !names.includes(name)) })}
      />
    </div>
  );
}

/** `names`: ids of machines, and tags as `#tag`. */
function List(
  { title, none, names, onChange }: {
    title: string;
    none: string;
    names: string[];
    onChange: (names: string[]) => void;
  },
) {
  const { live, canEdit } = useWorkspace();
  const agents = [...live.agents.value.values()].sort((a, b) => a.name.localeCompare(b.name));
  const left = agents.filter((agent) => !names.includes(agent.id));
  const tags = [...new Set(agents.flatMap(tagsOf))].toSorted().filter((tag) => !names.includes(`#${tag}`));
  const wordFor = (name: string) =>
    name.startsWith("#") ? `tagged ${name.slice(1)}` : live.agents.value.get(name)?.name ??
      "a machine that is gone";
  return (
    <div class="machine-list">
      <span class="row-label">{title}</span>
      <div class="chosen">
        {names.length === 0 && <span class="dim">{none}</span>}
        {names.map((name) => (
          <span class="machine" key={name}>
            {name.startsWith("#") && <Tag size={12} aria-hidden="true" />}
            {wordFor(name)}
            {canEdit && (
              <button
                type="button"
                class="button quiet icon small"
                aria-label={`${title}: take out ${wordFor(name)}`}
                onClick={() => onChange(names.filter((each) => each !== name))}
              >
                <X size={12} />
              </button>
            )}
          </span>
        ))}
        {canEdit && left.length + tags.length > 0 && (
          <select
            class="input small"
            aria-label={`${title}: add a machine`}
            value=""
            onChange={(event) => {
              const name = event.currentTarget.value;
              event.currentTarget.value = "";
              if (name) onChange([...names, name]);
            }}
          >
            <option value="">{tags.length ? "Add a machine or a tag …" : "Add a machine …"}</option>
            {left.map((agent) => <option key={agent.id} value={agent.id}>{agent.name}</option>)}
            {tags.length > 0 && (
              <optgroup label="Every machine that is tagged">
                {tags.map((tag) => <option key={tag} value={`#${tag}`}>{tag}</option>)}
              </optgroup>
            )}
          </select>
        )}
      </div>
    </div>
  );
}

/** Given by the studio or said by the machine. */
export function tagsOf({ tags = [], own_tags = [] }: Agent): string[] {
  return [...new Set([...tags, ...own_tags])].toSorted();
}

import { MAY_RUN_WORDS, type Trust, TRUSTS } from "../../../shared/jobs/trust.ts";
import { managesFleet } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { farm } from "./api.ts";
import { Machines } from "./machines.tsx";

/** Where this film's work may run. */
export function FilmMachines() {
  const { project, canEdit } = useWorkspace();
  const { id, trust } = project.value;
  return (
    <div class="film-machines">
      <label class="machine-list">
        <span class="row-label">This film may run on</span>
        <select
          class="input small"
          disabled={!canEdit}
          value={trust}
          onChange={async (event) => {
            const select = event.currentTarget;
            const changed = await attempt(() => farm.setTrust(id, select.value as Trust));
            if (changed) project.value = { ...project.value, trust: changed.trust };
            else select.value = trust;
          }}
        >
          {TRUSTS.map((each) => (
            <option
              key={each}
              value={each}
              disabled={!managesFleet.value && TRUSTS.indexOf(each) > TRUSTS.indexOf(trust)}
            >
              {MAY_RUN_WORDS[each]}
            </option>
          ))}
        </select>
      </label>
      <Machines scope={{}} about="this film" />
    </div>
  );
}

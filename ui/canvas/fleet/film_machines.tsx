import { useState } from "preact/hooks";
import { MAY_RUN_WORDS, type Trust, TRUSTS } from "../../../shared/jobs/trust.ts";
import { managesFleet } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { farm } from "./api.ts";
import { CommunityDialog, LeastReputation } from "./community.tsx";
import { Machines } from "./machines.tsx";
import { Purse } from "./purse.tsx";

/** Where this film's work may run. */
export function FilmMachines() {
  const { project, canEdit } = useWorkspace();
  const { id, title, trust } = project.value;
  const [asking, setAsking] = useState(false);
  const set = async (to: Trust) => {
    const changed = await attempt(() => farm.setTrust(id, to));
    if (changed) project.value = { ...project.value, trust: changed.trust };
  };
  return (
    <div class="film-machines">
      <label class="machine-list">
        <span class="row-label">This film may run on</span>
        <select
          class="input small"
          disabled={!canEdit}
          value={trust}
          onChange={(event) => {
            const to = event.currentTarget.value as Trust;
            // What it means is said first, and until it is agreed to, nothing has changed.
            event.currentTarget.value = trust;
            if (to === "anyone") setAsking(true);
            else void set(to);
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
      {asking && (
        <CommunityDialog
          title={title}
          onClose={() => setAsking(false)}
          onAgree={() => {
            setAsking(false);
            void set("anyone");
          }}
        />
      )}
      <LeastReputation />
      <Purse />
      <Machines scope={{}} about="this film" />
    </div>
  );
}

import { signal } from "@preact/signals";
import { type Trust, TRUST_WORDS, TRUSTS } from "../../../shared/jobs/trust.ts";
import { may } from "../../../shared/roles.ts";
import { managesFleet, me } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { farm } from "./api.ts";
import { JoinCommands } from "./join_commands.tsx";

const invitation = signal<Awaited<ReturnType<typeof farm.joinCode>> | null>(null);

/** Whose the machine is that is invited; whoever lends their own is trusted. */
const trust = signal<Trust>("trusted");

async function invite() {
  const code = await attempt(() => farm.joinCode({ trust: trust.value }));
  if (code) invitation.value = code;
}

/** "Add a GPU": the one command that a machine needs, for each system. */
export function AddGpu() {
  if (!me.value || !may(me.value, "lend")) return null;
  return (
    <>
      <div class="add-gpu">
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
    </>
  );
}

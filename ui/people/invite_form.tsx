import { useState } from "preact/hooks";
import { offered, type RoleName, ROLES } from "./roles.ts";

/** Invites by link. */
export function InviteForm(
  { onInvite }: { onInvite: (body: { name: string; role: RoleName }) => Promise<boolean> },
) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<RoleName>("artist");
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    if (await onInvite({ name: name.trim(), role })) setName("");
    setBusy(false);
  };
  return (
    <form class="line" onSubmit={submit}>
      <label class="field">
        <span>Name</span>
        <input
          class="input"
          required
          maxLength={60}
          value={name}
          placeholder="Ada"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Invited as</span>
        <select
          class="input"
          value={role}
          onChange={(event) => setRole(event.currentTarget.value as RoleName)}
        >
          {offered().map((each) => (
            <option key={each} value={each} selected={each === role}>
              {ROLES[each].label}: {ROLES[each].may.toLowerCase()}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button primary" disabled={busy || !name.trim()}>Invite</button>
    </form>
  );
}

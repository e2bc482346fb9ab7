import { useEffect, useState } from "preact/hooks";
import type { AuditEntry, AuditWhat } from "../../shared/api/audit.ts";
import { access } from "./api.ts";
import { attempt } from "../state/toasts.ts";
import { changes } from "./changes.ts";

/** What the log can be narrowed to. */
const KINDS: readonly [string, AuditWhat | ""][] = [
  ["Everything", ""],
  ["Who signed in", "signed_in"],
  ["Invitations", "invited"],
  ["Changed roles", "role_changed"],
  ["Access taken away", "access_taken"],
  ["Access tokens", "token_made"],
  ["Machines that joined", "agent_joined"],
  ["Chosen takes", "take_activated"],
  ["Rendered films", "rendered"],
  ["Merged branches", "branch_merged"],
];

/** Who did what, in sentences; for owners. */
export function AuditSection() {
  const [entries, setEntries] = useState<AuditEntry[]>([]);
  const [next, setNext] = useState<string | undefined>();
  const [what, setWhat] = useState<AuditWhat | "">("");
  const load = async (cursor?: string) => {
    const page = await attempt(() => access.audit({ what, cursor }));
    if (!page) return;
    setEntries((before) => cursor ? [...before, ...page.items] : page.items);
    setNext(page.next);
  };
  useEffect(() => void load(), [what, changes.value]);
  return (
    <section>
      <h2>
        What happened
        <select
          class="input"
          aria-label="Show"
          value={what}
          onChange={(event) => setWhat(event.currentTarget.value as AuditWhat | "")}
        >
          {KINDS.map(([label, kind]) => <option key={kind} value={kind}>{label}</option>)}
        </select>
      </h2>
      {entries.length === 0 && <p class="dim">Nothing yet.</p>}
      <table>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td class="mono dim when">{new Date(entry.at).toLocaleString()}</td>
              <td>{entry.sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {next && <button type="button" class="button small" onClick={() => void load(next)}>Earlier</button>}
    </section>
  );
}

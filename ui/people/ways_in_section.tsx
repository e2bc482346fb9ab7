import { useEffect, useState } from "preact/hooks";
import type { Identity, Passkey, WaysIn } from "../../shared/api/ways_in.ts";
import { access } from "./api.ts";
import { attempt, say } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";
import { change, changes } from "./changes.ts";
import { OwnRow } from "./own_row.tsx";
import { addPasskey, canUsePasskeys } from "./passkey.ts";

/** Own passkeys and connected accounts: ways to come back without a new link. */
export function WaysInSection() {
  const [ways, setWays] = useState<WaysIn | null>(null);
  const [passkeys, setPasskeys] = useState<Passkey[] | null>(null);
  const [accounts, setAccounts] = useState<Identity[]>([]);
  const [name, setName] = useState("");
  const load = async () => {
    const all = await attempt(() => Promise.all([access.waysIn(), access.passkeys(), access.identities()]));
    if (!all) return;
    setWays(all[0]);
    setPasskeys(all[1].items);
    setAccounts(all[2].items);
  };
  useEffect(() => void load(), []);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    // Null and undefined: changed their mind, or were told what went wrong.
    const made = await attempt(() => addPasskey(name.trim()));
    if (!made) return;
    say(`The passkey "${made.name}" signs you in from now on.`);
    setName("");
    changes.value++;
    await load();
  };
  if (!passkeys || !ways) return null;
  return (
    <section>
      <h2>Your ways in</h2>
      <p class="dim">
        A passkey on your phone or computer{ways.provider
          ? `, or your account of ${ways.provider.name},`
          : ""} brings you back without a new link.
      </p>
      {passkeys.length + accounts.length === 0 && <p class="dim">You have none yet.</p>}
      <table>
        <tbody>
          {passkeys.map((passkey) => (
            <OwnRow
              key={passkey.id}
              name={<b>{passkey.name}</b>}
              about={["Passkey", used(passkey.last_used_at)]}
              act="Remove"
              onAct={() => void change(() => access.removePasskey(passkey.id), load)}
            />
          ))}
          {accounts.map((account) => (
            <OwnRow
              key={account.subject}
              name={<b>{account.label}</b>}
              about={[new URL(account.issuer).hostname, used(account.last_used_at)]}
              act="Disconnect"
              onAct={() => void change(() => access.disconnect(account.subject), load)}
            />
          ))}
        </tbody>
      </table>
      {ways.passkeys && canUsePasskeys()
        ? (
          <form class="line" onSubmit={add}>
            <label class="field">
              <span>Name of the passkey</span>
              <input
                class="input"
                required
                maxLength={60}
                value={name}
                placeholder="My phone"
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <button type="submit" class="button" disabled={!name.trim()}>Add a passkey</button>
          </form>
        )
        : (
          <p class="dim">
            Passkeys need the studio's name in the address bar (localhost counts, numbers do not) and a
            browser that has them.
          </p>
        )}
      {ways.provider && (
        <a class="button" href={`${ways.provider.url}?connect`}>Connect an account of {ways.provider.name}</a>
      )}
    </section>
  );
}

function used(at: string | null): string {
  return at ? `Used ${agoText(at)}` : "Not used yet";
}

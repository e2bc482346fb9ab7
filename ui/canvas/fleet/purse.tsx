import { useEffect, useState } from "preact/hooks";
import type { Credits, Purse as PurseView } from "../../../shared/api/credits.ts";
import { creditText } from "../../../shared/jobs/price.ts";
import { may } from "../../../shared/roles.ts";
import { callAt } from "../../api.ts";
import { GiveCredits } from "../../people/give_credits.tsx";
import { me } from "../../people/me.ts";
import { attempt } from "../../state/toasts.ts";
import { agoText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";

/** What was given to this film, and what became of it. */
export function Purse() {
  const { project } = useWorkspace();
  const { id, title } = project.value;
  const [purse, setPurse] = useState<PurseView | null>(null);
  const [mine, setMine] = useState(0);
  const lends = me.value !== null && may(me.value, "lend");
  const load = async () => {
    const both = await attempt(() =>
      Promise.all([
        callAt<PurseView>("GET", `/api/projects/${id}/credits`),
        callAt<Credits>("GET", "/api/credits"),
      ])
    );
    if (both) (setPurse(both[0]), setMine(both[1].balance));
  };
  useEffect(() => void load(), [id]);
  if (!purse) return null;
  const { balance, reserved, spent, givers, entries } = purse;
  const named = givers.flatMap(({ name, amount }) =>
    name === null ? [] : [`${name} (${creditText(amount)})`]
  );
  const nameless = givers.filter(({ name }) => name === null).length;
  return (
    <div class="machine-list purse" role="group" aria-label="Purse">
      <span class="row-label">Purse</span>
      <div>
        <p>
          <b class="mono">{creditText(balance)}</b> credits
          {reserved > 0 && <span class="dim">, {creditText(reserved)} set aside</span>}
          {spent > 0 && <span class="dim">, {creditText(spent)} spent</span>}
        </p>
        {givers.length === 0
          ? (
            <p class="dim">
              Nobody has given any yet. Credits bring this film's jobs an earlier place among the community's
              work.
            </p>
          )
          : (
            <p class="dim">
              Given by{" "}
              {[...named, ...(nameless ? ["somebody who is not named"] : [])].join(", ")}. End titles thank
              them.
            </p>
          )}
        {lends && <GiveCredits balance={mine} films={[{ id, title }]} onGiven={() => void load()} />}
        {entries.length > 0 && (
          <details>
            <summary>What became of it</summary>
            <table class="entries">
              <tbody>
                {entries.map((entry) => (
                  <tr key={entry.id}>
                    <td class="dim">{agoText(entry.at)}</td>
                    <td>{entry.sentence}</td>
                    <td class="mono amount">{entry.amount > 0 ? "+" : ""}{creditText(entry.amount)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        )}
      </div>
    </div>
  );
}

import { Download } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { MyReputations } from "../../shared/api/checks.ts";
import type { CreditEntry, Credits } from "../../shared/api/credits.ts";
import type { Project } from "../../shared/api/project.ts";
import { creditText } from "../../shared/jobs/price.ts";
import { may } from "../../shared/roles.ts";
import type { z } from "zod";
import { callAt } from "../api.ts";
import { attempt } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";
import { GiveCredits } from "./give_credits.tsx";
import { me } from "./me.ts";
import { TitleName } from "./title_name.tsx";

type Machines = z.infer<typeof MyReputations>["machines"];
interface Known {
  credits: Credits;
  entries: CreditEntry[];
  next: string | undefined;
  machines: Machines;
  films: Project[];
}

/** What whoever looks has earned by lending machines, what checks found of those, and what may be done with it. */
export function CreditsSection() {
  const [known, setKnown] = useState<Known | null>(null);
  const lends = me.value !== null && may(me.value, "lend");
  const load = async () => {
    const all = await attempt(async () => {
      const [credits, page, mine, films] = await Promise.all([
        callAt<Credits>("GET", "/api/credits"),
        callAt<{ items: CreditEntry[]; next?: string }>("GET", "/api/credits/entries?limit=10"),
        lends ? callAt<z.infer<typeof MyReputations>>("GET", "/api/checks/mine") : { machines: [] },
        lends ? callAt<{ items: Project[] }>("GET", "/api/projects?limit=100") : { items: [] },
      ]);
      return { credits, entries: page.items, next: page.next, machines: mine.machines, films: films.items };
    });
    if (all) setKnown(all);
  };
  useEffect(() => void load(), []);
  if (!known || (!lends && known.entries.length === 0)) return null;
  const { credits, entries, next, machines, films } = known;
  const more = async () => {
    const page = await attempt(() =>
      callAt<{ items: CreditEntry[]; next?: string }>("GET", `/api/credits/entries?limit=50&cursor=${next}`)
    );
    if (page) setKnown({ ...known, entries: [...entries, ...page.items], next: page.next });
  };
  return (
    <section class="credits" aria-label="Your credits">
      <h2>
        Your credits
        {entries.length > 0 && (
          <a class="button quiet small" download href="/api/credits.csv">
            <Download size={14} /> CSV
          </a>
        )}
      </h2>
      <p class="sum">
        <b class="mono">{creditText(credits.balance)}</b>
        <span class="dim">
          to spend or give{credits.reserved > 0 &&
            `, ${creditText(credits.reserved)} set aside for jobs that wait`}
        </span>
      </p>
      {entries.length === 0 && (
        <p>
          You have none yet. Lend a machine ("Add a GPU" in a film's Fleet tab): what it does for the studio's
          films earns credits, and those bring a film an earlier place among the community's work.
        </p>
      )}
      {machines.length > 0 && <MachineTable machines={machines} />}
      {lends && <GiveCredits balance={credits.balance} films={films} onGiven={() => void load()} />}
      {lends && (entries.length > 0 || machines.length > 0) && (
        <TitleName
          credits={credits}
          onChange={(changed) => setKnown({ ...known, credits: changed })}
        />
      )}
      {entries.length > 0 && <EntryTable entries={entries} />}
      {next && <button type="button" class="button small" onClick={() => void more()}>Show more</button>}
      <details>
        <summary>How credits are earned</summary>
        <p class="dim">{credits.rule}</p>
      </details>
    </section>
  );
}

function MachineTable({ machines }: { machines: Machines }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Your community machines</th>
          <th>Reputation</th>
          <th>By spot checks, never by speed</th>
        </tr>
      </thead>
      <tbody>
        {machines.map(({ id, name, reputation }) => (
          <tr key={id}>
            <td>
              <b>{name}</b>
            </td>
            <td class="mono">{reputation.score} of 100</td>
            <td class="dim">{reputation.sentence}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EntryTable({ entries }: { entries: CreditEntry[] }) {
  return (
    <table class="entries">
      <tbody>
        {entries.map(({ id, at, amount, sentence }) => (
          <tr key={id}>
            <td class="dim when" title={new Date(at).toLocaleString()}>{agoText(at)}</td>
            <td>{sentence}</td>
            <td class="mono amount">{amount > 0 ? "+" : ""}{creditText(amount)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

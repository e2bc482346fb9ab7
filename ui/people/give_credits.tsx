import { useState } from "preact/hooks";
import type { Project } from "../../shared/api/project.ts";
import { CREDIT, creditText } from "../../shared/jobs/price.ts";
import { callAt } from "../api.ts";
import { attempt, say } from "../state/toasts.ts";

/** Credits into a film's purse. `films` of one, where the film is known already. */
export function GiveCredits(
  { balance, films, onGiven }: {
    balance: number;
    films: Pick<Project, "id" | "title">[];
    onGiven: () => void;
  },
) {
  const [film, setFilm] = useState("");
  const [typed, setTyped] = useState("");
  if (balance <= 0 || films.length === 0) return null;
  const to = films.find(({ id }) => id === film) ?? films[0]!;
  const amount = Math.round(Number(typed.replace(",", ".")) * CREDIT);
  const fits = amount > 0 && amount <= balance;
  const give = async (event: Event) => {
    event.preventDefault();
    if (!fits) return say(`Give more than nothing, and at most ${creditText(balance)} credits.`);
    const done = await attempt(() => callAt("POST", `/api/projects/${to.id}/credits`, { amount }));
    if (done === undefined) return;
    say(`${creditText(amount)} credits are ${to.title}'s now.`);
    setTyped("");
    onGiven();
  };
  return (
    <form class="line give" onSubmit={(event) => void give(event)}>
      {films.length > 1 && (
        <label class="field">
          <span>Give to the film</span>
          <select class="input" value={to.id} onChange={(event) => setFilm(event.currentTarget.value)}>
            {films.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
          </select>
        </label>
      )}
      <label class="field">
        <span>
          {films.length > 1 ? "Credits" : `Give some of your ${creditText(balance)} credits to ${to.title}`}
        </span>
        <input
          class="input mono"
          inputMode="decimal"
          value={typed}
          placeholder={creditText(Math.min(balance, 10 * CREDIT))}
          aria-invalid={typed !== "" && !fits}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={!fits}>Give</button>
    </form>
  );
}

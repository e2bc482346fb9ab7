import { useEffect, useState } from "preact/hooks";
import type { Check, Checks, CheckSettings } from "../../shared/api/checks.ts";
import { callAt } from "../api.ts";
import { NumberField } from "../components/text_field.tsx";
import { attempt } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";

const WORDS: Record<Check["state"], { label: string; dot: string }> = {
  second: { label: "Made again", dot: "" },
  comparing: { label: "Compared", dot: "" },
  third: { label: "A third opinion", dot: "attention" },
  comparing_third: { label: "Compared, all three", dot: "attention" },
  agreed: { label: "Alike", dot: "well" },
  blamed: { label: "Wrong", dot: "broken" },
  cleared: { label: "Right; its checker was wrong", dot: "attention" },
  undecided: { label: "Undecided", dot: "attention" },
  abandoned: { label: "Given up", dot: "" },
};

/** What spot checks of the community's machines found, and how many there are. */
export function ChecksSection() {
  const [known, setKnown] = useState<Checks | null>(null);
  const load = async (cursor?: string) => {
    const page = await attempt(() =>
      callAt<Checks>("GET", `/api/checks?limit=20${cursor ? `&cursor=${cursor}` : ""}`)
    );
    if (page) setKnown(cursor && known ? { ...page, items: [...known.items, ...page.items] } : page);
  };
  useEffect(() => void load(), []);
  if (!known) return null;
  const { items, next, settings, today } = known;
  return (
    <section aria-label="Spot checks">
      <h2>
        Spot checks of community machines
        <span class="dim">{today} of {settings.per_day} today</span>
      </h2>
      <Settings settings={settings} onChange={(changed) => setKnown({ ...known, settings: changed })} />
      {items.length === 0
        ? (
          <p class="dim">
            None yet. Takes of community machines are, by chance, made again on another machine with the same
            seed, and compared: that is where reputations come from.
          </p>
        )
        : items.map((check) => <One key={check.id} check={check} />)}
      {next && <button type="button" class="button small" onClick={() => void load(next)}>Show more</button>}
    </section>
  );
}

function One({ check }: { check: Check }) {
  const { label, dot } = WORDS[check.state];
  const others = [check.second, check.third].filter((name) => name !== null).join(" and ");
  return (
    <details class="check-row">
      <summary>
        <i class={`dot ${dot}`} />
        <b>{label}</b>
        <span class="what">
          {check.take} of {check.project}, made by {check.made_by}
          {check.blamed && check.blamed !== check.made_by && `; ${check.blamed} was wrong`}
        </span>
        <span class="dim when">{agoText(check.ended_at ?? check.began_at)}</span>
      </summary>
      <p>{check.sentence}</p>
      {others && <p class="dim">Made again by {others}.</p>}
      {check.picture_url && (
        <figure>
          <img src={check.picture_url} alt={`What was made of ${check.take}, side by side`} loading="lazy" />
          <figcaption class="dim">
            {[check.made_by, check.second, check.third].filter((name) => name !== null).join(" · ")}
          </figcaption>
        </figure>
      )}
    </details>
  );
}

function Settings(
  { settings, onChange }: { settings: CheckSettings; onChange: (changed: CheckSettings) => void },
) {
  const set = async (change: Partial<CheckSettings>) => {
    const changed = await attempt(() =>
      callAt<CheckSettings>("PUT", "/api/checks/settings", { ...settings, ...change })
    );
    if (changed) onChange(changed);
  };
  const percent = (share: number) => Math.round(share * 1000) / 10;
  return (
    <div class="check-settings">
      <NumberField
        label="Of a known machine's takes"
        note="%"
        min={0}
        max={100}
        value={percent(settings.share)}
        onCommit={(value) => value !== null && void set({ share: value / 100 })}
      />
      <NumberField
        label="On probation"
        note="%"
        min={0}
        max={100}
        value={percent(settings.probation_share)}
        onCommit={(value) => value !== null && void set({ probation_share: value / 100 })}
      />
      <NumberField
        label="At most a day"
        min={0}
        max={10_000}
        value={settings.per_day}
        onCommit={(value) => value !== null && void set({ per_day: Math.round(value) })}
      />
    </div>
  );
}

import { useEffect, useState } from "preact/hooks";
import type { PlanStanding } from "../../shared/api/usage.ts";
import { TIERS } from "../../shared/tiers.ts";
import { callAt } from "../api.ts";
import { attempt } from "../state/toasts.ts";
import { bytesText } from "../state/words.ts";

/** What the studio's plan allows, and how much of it is used. A studio without limits sees none of it. */
export function PlanSection() {
  const [standing, setStanding] = useState<PlanStanding | null>(null);
  useEffect(() => {
    void attempt(() => callAt<PlanStanding>("GET", "/api/usage/plan")).then((is) => is && setStanding(is));
  }, []);
  if (!standing) return null;
  const { plan, more, highest_tier, jobs, storage } = standing;
  if (highest_tier === null && jobs.limit === null && storage.limit === null) return null;
  const waiting = jobs.waiting ? `, ${jobs.waiting} ${jobs.waiting === 1 ? "waits" : "wait"}` : "";
  return (
    <section class="plan">
      <h2>Plan: {plan.title}</h2>
      <dl>
        <dt>Highest quality</dt>
        <dd>{highest_tier === null ? "Any" : TIERS[highest_tier].label}</dd>
        <dt>Jobs at once</dt>
        <dd>
          {jobs.limit === null
            ? `${jobs.running} run${waiting}; as many as there are cards`
            : `${jobs.running} of ${jobs.limit} run${waiting}`}
          {jobs.limit !== null && <Meter name="Jobs that run" used={jobs.running} limit={jobs.limit} />}
        </dd>
        <dt>Storage</dt>
        <dd>
          {storage.limit === null
            ? `${bytesText(storage.used)} used`
            : `${bytesText(storage.used)} of ${bytesText(storage.limit)} used`}
          {storage.limit !== null && (
            <Meter name="Storage used" used={storage.used} limit={storage.limit} grave />
          )}
        </dd>
      </dl>
      {storage.limit !== null && storage.used >= storage.limit && (
        <p class="used-up">
          Storage is used up: nothing new is made or uploaded until there is room. What is being made is kept.
        </p>
      )}
      <p class="dim">{more}</p>
    </section>
  );
}

/** `grave`: used up, something does not go on; cards that are all busy are no fault. */
function Meter(
  { name, used, limit, grave = false }: { name: string; used: number; limit: number; grave?: boolean },
) {
  const share = limit === 0 ? 1 : Math.min(1, used / limit);
  return (
    <div
      class={share >= 1 && grave ? "bar full" : "bar"}
      role="meter"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <i style={{ width: `${share * 100}%` }} />
    </div>
  );
}

import { useState } from "preact/hooks";
import type { Failures, Operations } from "../../shared/api/operations.ts";
import type { JobLog } from "../../shared/jobs/log.ts";
import { farm } from "../canvas/fleet/api.ts";
import { go } from "../router.ts";
import { attempt } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";

const CLASSES: Record<Failures["class"], string> = {
  oom: "Out of memory",
  invalid: "Not possible as asked",
  transient: "Went wrong",
  agent: "The machine's fault",
  cancelled: "Cancelled",
  timeout: "Took too long",
};

/** What failed within a day, the same words gathered. */
export function FailuresSection({ failures }: { failures: Operations["failures"] }) {
  return (
    <section>
      <h2>
        Failures of the last day
        {failures.count > 0 && (
          <span class="dim">
            {failures.partial ? "more than " : ""}
            {failures.count} {failures.count === 1 ? "job" : "jobs"}
          </span>
        )}
      </h2>
      {failures.count === 0 && <p class="dim">Nothing failed.</p>}
      {failures.groups.map((group) => <Group key={group.job.id} {...group} />)}
    </section>
  );
}

function Group({ message, count, runners, agents, job, last_at, ...group }: Failures) {
  const [log, setLog] = useState<JobLog | null>(null);
  const read = () => void attempt(() => farm.log(job.id)).then((found) => found && setLog(found));
  const film = `/p/${job.project_id}`;
  return (
    <details class="failure" onToggle={(event) => event.currentTarget.open && !log && read()}>
      <summary>
        <b class="mono">{count}</b>
        <span class="what">
          <b>{CLASSES[group.class]}:</b> {message}
        </span>
        <span class="dim when">{agoText(last_at)}</span>
      </summary>
      <p class="dim">
        {runners.join(", ")}
        {agents.length > 0 && ` on ${agents.join(", ")}`}. The newest is {job.title} of{" "}
        <a href={film} onClick={(event) => (event.preventDefault(), go(film))}>{job.project}</a>.
      </p>
      {log?.log_tail
        ? <pre tabIndex={0} aria-label={`Log of ${job.title}`}>{log.log_tail}</pre>
        : <p class="dim">{log ? "The machine said nothing about it." : "Asking for its log …"}</p>}
    </details>
  );
}

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { JobLog } from "../../../shared/jobs/log.ts";
import { agoText } from "../../state/words.ts";
import type { JobView } from "../dock/queue_order.ts";
import { waitingText } from "../runner_title.ts";
import { useFilm, useWorkspace } from "../workspace.ts";
import { farm } from "./api.ts";
import { Machines } from "./machines.tsx";

/** Milliseconds between two looks at a running job's log. */
const EVERY_MS = 5000;

/** The last line is the one that counts. */
function LogText({ of, text }: { of: string; text: string }) {
  const box = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => box.current?.scrollTo({ top: box.current.scrollHeight }), [text]);
  return <pre ref={box} tabIndex={0} aria-label={`Log of ${of}`}>{text}</pre>;
}

/** What the machine that has a job, or had it, said last and shows of it. */
export function Said({ id, title, running }: { id: string; title: string; running: boolean }) {
  const film = useFilm();
  const [log, setLog] = useState<JobLog | null>(null);
  useEffect(() => {
    let over = false;
    // One that fails is followed by the next.
    const look = () => void farm.log(id).then((found) => !over && setLog(found), () => {});
    look();
    const timer = running ? setInterval(look, EVERY_MS) : undefined;
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [id, running]);
  const image = film?.live.preview(id).value ?? log?.image_url;
  return (
    <>
      {image && <img src={image} alt={`The last picture of ${title}`} />}
      <div class="log">
        {log?.log_tail
          ? (
            <>
              <p class="dim">{log.agent ?? "The machine"} said, {log.log_at ? agoText(log.log_at) : ""}:</p>
              <LogText of={title} text={log.log_tail} />
            </>
          )
          : <p class="dim">{log ? "The machine has said nothing about it yet." : "Asking …"}</p>}
      </div>
    </>
  );
}

/** What a machine says about a job, and shows of it; for one that waits, where it is to run. */
export function JobDetails({ job }: { job: JobView }) {
  const workspace = useWorkspace();
  const { canEdit } = workspace;
  const waits = job.state === "queued" || job.state === "blocked";
  return (
    <div class="job-details">
      {waits
        ? (
          <>
            {job.waiting && <p>{waitingText(workspace, job)}</p>}
            {canEdit && <Machines scope={{ job_id: job.id }} about={job.title} />}
          </>
        )
        : <Said id={job.id} title={job.title} running={job.state === "leased"} />}
      {job.state === "failed" && job.error?.detail && (
        <details>
          <summary>What went wrong</summary>
          <pre tabIndex={0} aria-label={`What went wrong with ${job.title}`}>{job.error.detail}</pre>
        </details>
      )}
    </div>
  );
}

import { ClipboardCopy, RotateCcw } from "lucide-preact";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { copyDiagnostics } from "./copy.ts";
import { withoutSecrets } from "./diagnostics.ts";

/** Lines of a log that are shown; all that is copied is more. */
const TAIL = 12;

/** Under a node whose last job failed: once more, what its log said last, and all of it for whoever is asked for help. */
export function FailedJob({ id }: { id: string }) {
  const workspace = useWorkspace();
  const failed = workspace.live.jobsOf(id).find((job) => job.state === "failed");
  if (!failed) return null;
  const detail = failed.error?.detail?.trimEnd().split("\n").slice(-TAIL).join("\n");
  return (
    <>
      <div class="row wrap">
        {workspace.canEdit && (
          <button
            type="button"
            class="button small"
            onClick={() => void attempt(() => api.retry(failed.id))}
          >
            <RotateCcw size={14} /> Try again
          </button>
        )}
        <button type="button" class="button small" onClick={() => void copyDiagnostics(workspace, failed)}>
          <ClipboardCopy size={14} /> Copy diagnostics
        </button>
      </div>
      {detail && (
        <details class="log">
          <summary>The end of its log</summary>
          <pre class="mono" tabIndex={0}>{withoutSecrets(detail)}</pre>
        </details>
      )}
    </>
  );
}

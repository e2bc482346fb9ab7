import type { Take } from "../../../shared/api/work.ts";
import { callAt } from "../../api.ts";
import { canReview } from "../../people/me.ts";
import { attempt, say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";

/** What speaks against a take, and what to do about it. */
export function Unverified({ take }: { take: Take }) {
  const { project, canEdit } = useWorkspace();
  if (!take.unverified) return null;
  const at = `/api/projects/${project.value.id}/takes/${take.id}`;
  const again = async () => {
    const asked = await attempt(() => callAt<{ jobs: { title: string }[] }>("POST", `${at}/again`));
    if (asked) say(`${asked.jobs[0]!.title} is asked for, with the same seed and on another machine.`);
  };
  return (
    <div class="notice-box" role="note">
      <p>
        <b>Unverified.</b> {take.unverified.sentence} Look at it before you use it.
      </p>
      <div class="row">
        {canEdit && (
          <button type="button" class="button small" onClick={() => void again()}>Make it again</button>
        )}
        {canReview.value && (
          <button
            type="button"
            class="button small"
            onClick={() => void attempt(() => callAt("DELETE", `${at}/unverified`))}
          >
            It is right: keep it
          </button>
        )}
      </div>
    </div>
  );
}

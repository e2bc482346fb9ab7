import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { HistoryEntry } from "../../../shared/api/history.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { agoText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";

const entries = signal<HistoryEntry[]>([]);
const next = signal<string | undefined>(undefined);

/** What happened to the film, as its repository tells it. */
export function HistoryTab() {
  const { project, live } = useWorkspace();
  const id = project.value.id;
  // A take or a film that was committed is a new line here.
  const committed = [...live.takes.value.values()].filter((take) => take.committed).length +
    [...live.exports.value.values()].filter((film) => film.committed).length;
  useEffect(() => {
    void attempt(() => api.history(id)).then((page) => {
      if (!page) return;
      entries.value = page.items;
      next.value = page.next;
    });
  }, [id, committed]);
  const more = async () => {
    const page = await attempt(() => api.history(id, next.value));
    if (!page) return;
    entries.value = [...entries.value, ...page.items];
    next.value = page.next;
  };
  if (entries.value.length === 0) {
    return (
      <div class="empty">
        <p>Nothing has happened yet. Every take and every change of the canvas is told here.</p>
      </div>
    );
  }
  return (
    <>
      <table>
        <tbody>
          {entries.value.map((entry) => (
            <tr key={entry.commit}>
              <td>{entry.subject}</td>
              <td class="dim">{entry.author}</td>
              <td class="mono dim">{entry.commit.slice(0, 7)}</td>
              <td class="dim" style="text-align:right;white-space:nowrap">{agoText(entry.committed_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {next.value && (
        <button
          type="button"
          class="button small"
          style="margin:8px 12px"
          onClick={() => void more()}
        >
          Earlier
        </button>
      )}
    </>
  );
}

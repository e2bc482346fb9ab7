import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { HistoryEntry, Milestone } from "../../../shared/api/history.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { agoText } from "../../state/words.ts";
import { useWorkspace } from "../workspace.ts";
import { ExportFilm } from "../../transfer/export_film.tsx";
import { CloneWithGit } from "./clone_with_git.tsx";
import { HistoryVersion } from "./history_version.tsx";
import { MarkMilestone } from "./mark_milestone.tsx";

const entries = signal<HistoryEntry[]>([]);
const next = signal<string | undefined>(undefined);
const milestones = signal<Milestone[]>([]);
/** The commit whose details are open. */
const opened = signal<string | null>(null);

/** What the list is of: another project's or branch's is not shown while this one is read. */
let shown = "";

async function read(project: string, branch: string): Promise<void> {
  const of = `${project} ${branch}`;
  if (shown !== of) entries.value = [];
  shown = of;
  const [page, marks] = await Promise.all([
    attempt(() => api.history(project)),
    attempt(() => api.milestones(project)),
  ]);
  if (shown !== of) return;
  if (page) {
    entries.value = page.items;
    next.value = page.next;
  }
  if (marks) milestones.value = marks.items;
}

/** What happened to the film, as its repository tells it, and the way back. */
export function HistoryTab() {
  const { project, live, branch } = useWorkspace();
  const id = project.value.id;
  // A commit of this branch is a new line here, whatever it was made for: a take, a change, a version that came back.
  const moved = live.moved.value;
  const commit = moved?.name === branch ? moved.commit : null;
  useEffect(() => void read(id, branch), [id, branch, commit, live.connected.value]);
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
      <div class="history-bar">
        <MarkMilestone project={id} marked={() => void read(id, branch)} />
        <span style="flex:1" />
        <CloneWithGit project={project.value} />
        <ExportFilm project={project.value} />
      </div>
      <table>
        <tbody>{entries.value.map((entry) => <Line key={entry.commit} entry={entry} />)}</tbody>
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

function Line({ entry }: { entry: HistoryEntry }) {
  const isOpen = opened.value === entry.commit;
  const marks = milestones.value.filter((mark) => mark.commit === entry.commit);
  return (
    <>
      <tr>
        <td>
          <button
            type="button"
            class="history-line"
            aria-expanded={isOpen}
            onClick={() => opened.value = isOpen ? null : entry.commit}
          >
            {entry.subject}
          </button>
          {marks.map((mark) => <span key={mark.name} class="milestone" title={mark.message}>{mark.name}
          </span>)}
        </td>
        <td class="dim">{entry.author}</td>
        <td class="mono dim">{entry.commit.slice(0, 7)}</td>
        <td class="dim" style="text-align:right;white-space:nowrap">{agoText(entry.committed_at)}</td>
      </tr>
      {isOpen && (
        <tr class="history-open">
          <td colSpan={4}>
            <HistoryVersion commit={entry.commit} />
          </td>
        </tr>
      )}
    </>
  );
}

import { useEffect, useState } from "preact/hooks";
import type { HistoryChange, HistoryDetail } from "../../../shared/api/history.ts";
import { api } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";

type Choice = HistoryDetail["takes"][number];

/** One version opened: what it changed, takes before and after, and the way back to it. */
export function HistoryVersion({ commit }: { commit: string }) {
  const { project, branching, branch, canEdit } = useWorkspace();
  const id = project.value.id;
  const [version, setVersion] = useState<HistoryDetail | null>(null);
  useEffect(() => {
    void attempt(() => api.version(id, commit)).then((detail) => detail && setVersion(detail));
  }, [id, commit]);
  if (!version) return <p class="dim">Reading…</p>;
  const restore = async (from: string, node?: { id: string; title: string }) => {
    const done = await attempt(() => api.restore(id, from, node?.id));
    if (done) say(node ? `${node.title} is as it was then.` : "The canvas is as it was then.");
  };
  return (
    <div class="history-version">
      {version.body && <p class="dim history-body">{version.body}</p>}
      {version.fault && <p class="notice-box">{version.fault}</p>}
      {version.changes.length > 0 && (
        <ul>
          {version.changes.map((change, at) => (
            <Change key={at} change={change} version={version} restore={restore} />
          ))}
        </ul>
      )}
      {version.takes.length > 0 && (
        <div class="history-takes">
          {version.takes.map((choice) => <TakeChange key={choice.shot} choice={choice} />)}
        </div>
      )}
      <Files version={version} />
      {!version.fault && (
        <div class="history-bar">
          <button type="button" class="button small" onClick={() => void restore(commit)}>
            Restore this version
          </button>
          <button
            type="button"
            class="button small"
            onClick={() => branching.value = { kind: "compare", from: commit, to: branch }}
          >
            Compare with now
          </button>
          {canEdit && (
            <button
              type="button"
              class="button small"
              onClick={() => branching.value = { kind: "new", commit, words: version.subject }}
            >
              New branch from this version…
            </button>
          )}
          {version.nodes.length > 0 && (
            <select
              aria-label="Restore one node"
              value=""
              onChange={(event) => {
                const node = version.nodes.find((each) => each.id === event.currentTarget.value);
                event.currentTarget.value = "";
                if (node) void restore(commit, node);
              }}
            >
              <option value="">Restore one node…</option>
              {version.nodes.map((node) => <option key={node.id} value={node.id}>{node.title}</option>)}
            </select>
          )}
        </div>
      )}
    </div>
  );
}

function Change({ change, version, restore }: {
  change: HistoryChange;
  version: HistoryDetail;
  restore: (from: string, node: { id: string; title: string }) => Promise<void>;
}) {
  const { node_id, kind } = change;
  const undoes = node_id !== null && version.parent !== null &&
    ["removed", "changed", "moved"].includes(kind);
  const title = version.nodes.find((node) => node.id === node_id)?.title ?? "The node";
  return (
    <li>
      <span>{change.sentence}</span>
      {undoes && (
        <button
          type="button"
          class="button small quiet"
          onClick={() => void restore(version.parent!, { id: node_id, title })}
        >
          {kind === "removed" ? "Bring it back" : "As it was before"}
        </button>
      )}
    </li>
  );
}

function TakeChange({ choice }: { choice: Choice }) {
  return (
    <div class="history-take">
      <span class="mono">{choice.shot}</span>
      <Side words="before" side={choice.before} />
      <span class="dim">→</span>
      <Side words="after" side={choice.after} />
    </div>
  );
}

function Side({ side, words }: { side: Choice["before"]; words: string }) {
  if (!side) return <span class="dim">no take</span>;
  const poster = side.take?.poster_url;
  return (
    <figure>
      {poster && <img src={poster} alt={`${side.name}, ${words}`} loading="lazy" />}
      <figcaption class="mono dim">{side.name.replace(/^.*_(v\d+_take\d+)$/, "$1")}</figcaption>
    </figure>
  );
}

/** Beside project.json, which the sentences above are about. */
function Files({ version }: { version: HistoryDetail }) {
  const files = version.files.filter((file) => file.path !== "project.json");
  if (files.length === 0) return null;
  const more = version.files_total - version.files.length;
  return (
    <details>
      <summary class="dim">{files.length + more} {files.length + more === 1 ? "file" : "files"}</summary>
      <ul>
        {files.map((file) => (
          <li key={file.path}>
            <span class="mono">{file.path}</span> <span class="dim">{file.change}</span>
          </li>
        ))}
        {more > 0 && <li class="dim">and {more} more</li>}
      </ul>
    </details>
  );
}

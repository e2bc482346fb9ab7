import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { isGenerating } from "../../../shared/canvas/graph.ts";
import { lazily } from "../../components/lazily.tsx";
import { TextField } from "../../components/text_field.tsx";
import { FromLibrary } from "../library/from_library.tsx";
import { FileLocks } from "../locks/file_locks.tsx";
import { useWorkspace } from "../workspace.ts";

const AssemblerPanel = lazily(() => import("./panels.ts").then((module) => module.AssemblerPanel));
const AssetPanel = lazily(() => import("./panels.ts").then((module) => module.AssetPanel));
const GroupPanel = lazily(() => import("./panels.ts").then((module) => module.GroupPanel));
const GeneratePanel = lazily(() => import("./panels.ts").then((module) => module.GeneratePanel));
const NextStep = lazily(() => import("./panels.ts").then((module) => module.NextStep));
const NodeField = lazily(() => import("./panels.ts").then((module) => module.NodeField));
const RunnerForm = lazily(() => import("./panels.ts").then((module) => module.RunnerForm));
const Several = lazily(() => import("./panels.ts").then((module) => module.Several));

/** The selected thing, with Generate and its takes under one thumb. */
export function Inspector() {
  const workspace = useWorkspace();
  // Inside of a group it is the group that is meant where nothing else is.
  const id = workspace.selectedNode.value ??
    (workspace.selection.value.size === 0 ? workspace.levels.level.value : null);
  const node = id ? workspace.document.node(id).value : null;
  const chosen = [...workspace.selection.value].filter((each) => workspace.document.node(each).value).length;
  return (
    <aside class="right" aria-label="Inspector">
      {node ? <NodePanel key={node.id} node={node} /> : chosen > 1 ? <Several /> : <NextStep />}
    </aside>
  );
}

function NodePanel({ node }: { node: CanvasNode }) {
  const { document: doc, canEdit } = useWorkspace();
  const set = (label: string, fields: Record<string, unknown>) =>
    doc.apply(label, [{ op: "update_node", id: node.id, set: fields }]);
  return (
    <>
      <fieldset class="panel" disabled={!canEdit}>
        <TextField
          label="Name"
          draft={`${node.id} name`}
          most={120}
          value={node.title}
          onCommit={(title) => title.trim() && set(`Rename ${node.title}`, { title: title.trim() })}
        />
        {node.type === "note" && <NodeField node={node} field="text" />}
        {node.type === "asset" && <AssetPanel node={node} set={set} />}
        {node.type === "pipeline" && <RunnerForm node={node} set={set} />}
      </fieldset>
      {node.type === "group" && <GroupPanel node={node} />}
      {isGenerating(node) && <GeneratePanel node={node} set={set} />}
      {node.type === "assembler" && (
        <fieldset class="looking" disabled={!canEdit}>
          <AssemblerPanel node={node} set={set} />
        </fieldset>
      )}
      <FromLibrary node={node} />
      <FileLocks node={node} />
    </>
  );
}

export type SetFields = (label: string, fields: Record<string, unknown>) => boolean;

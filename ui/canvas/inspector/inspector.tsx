import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { isGenerating } from "../../../shared/canvas/graph.ts";
import { lazily } from "../../components/lazily.tsx";
import { TextField } from "../../components/text_field.tsx";
import { useWorkspace } from "../workspace.ts";

const AssemblerPanel = lazily(() => import("./panels.ts").then((module) => module.AssemblerPanel));
const AssetPanel = lazily(() => import("./panels.ts").then((module) => module.AssetPanel));
const GroupPanel = lazily(() => import("./panels.ts").then((module) => module.GroupPanel));
const GeneratePanel = lazily(() => import("./panels.ts").then((module) => module.GeneratePanel));
const NodeField = lazily(() => import("./panels.ts").then((module) => module.NodeField));
const RunnerForm = lazily(() => import("./panels.ts").then((module) => module.RunnerForm));

/** The selected thing, with Generate and its takes under one thumb. */
export function Inspector() {
  const workspace = useWorkspace();
  // Inside of a group it is the group that is meant where nothing else is.
  const id = workspace.selectedNode.value ??
    (workspace.selection.value.size === 0 ? workspace.levels.level.value : null);
  const node = id ? workspace.document.node(id).value : null;
  return (
    <aside class="right" aria-label="Inspector">
      {node ? <NodePanel key={node.id} node={node} /> : <Nothing count={workspace.selection.value.size} />}
    </aside>
  );
}

function Nothing({ count }: { count: number }) {
  return (
    <div class="empty" style="height:100%">
      <h2>{count > 1 ? `${count} selected` : "Nothing selected"}</h2>
      <p>
        {count > 1
          ? "Ctrl+Enter generates them all."
          : "Select a node to write its prompt, generate takes and choose between them."}
      </p>
    </div>
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
    </>
  );
}

export type SetFields = (label: string, fields: Record<string, unknown>) => boolean;

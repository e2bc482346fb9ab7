import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { isGenerating } from "../../../shared/canvas/graph.ts";
import { TextField } from "../../components/text_field.tsx";
import { ADDABLE, kindOf } from "../catalogue.ts";
import { FromLibrary } from "../library/from_library.tsx";
import { OffLine } from "../left_out/off_line.tsx";
import { FileLocks } from "../locks/file_locks.tsx";
import { useWorkspace } from "../workspace.ts";
import { AssemblerPanel } from "./assembler_panel.tsx";
import { AssetPanel } from "./asset_panel.tsx";
import { GeneratePanel } from "./generate_panel.tsx";
import { GroupPanel } from "./group_panel.tsx";
import { NodeField } from "./node_field.tsx";
import { RunnerForm } from "./runner_form.tsx";

export type SetFields = (label: string, fields: Record<string, unknown>) => boolean;

/** Everything about one node. */
export function NodePanel({ node }: { node: CanvasNode }) {
  const { document: doc, canEdit } = useWorkspace();
  const set = (label: string, fields: Record<string, unknown>) =>
    doc.apply(label, [{ op: "update_node", id: node.id, set: fields }]);
  return (
    <>
      <fieldset class="panel" disabled={!canEdit}>
        <div class="node-name" data-type={kindOf(node.type)}>
          <i class="mark" />
          <TextField
            label="Name"
            draft={`${node.id} name`}
            most={120}
            value={node.title}
            onCommit={(title) => title.trim() && set(`Rename ${node.title}`, { title: title.trim() })}
          />
          <small class="dim">{ADDABLE.find((each) => each.type === node.type)?.title ?? "Group"}</small>
        </div>
        <OffLine node={node} />
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

import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { AssetPictures } from "../assets/asset_pictures.tsx";
import type { SetFields } from "./node_panel.tsx";
import { NodeField } from "./node_field.tsx";

export function AssetPanel({ node, set }: { node: NodeOf<"asset">; set: SetFields }) {
  return (
    <>
      <NodeField node={node} field="kind" />
      <NodeField node={node} field="description" />
      <AssetPictures node={node} set={set} />
    </>
  );
}

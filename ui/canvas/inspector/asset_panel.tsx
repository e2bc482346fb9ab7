import { type NodeOf, TEXT_LIMIT } from "../../../shared/canvas/graph.ts";
import { AssetPictures } from "../assets/asset_pictures.tsx";
import { TextField } from "../../components/text_field.tsx";
import type { SetFields } from "./inspector.tsx";

export function AssetPanel({ node, set }: { node: NodeOf<"asset">; set: SetFields }) {
  return (
    <>
      <label class="field">
        <span>Kind</span>
        <select
          class="input"
          value={node.kind}
          onChange={(event) => set("Change the kind", { kind: event.currentTarget.value })}
        >
          <option value="character">Character</option>
          <option value="style">Style</option>
          <option value="location">Location</option>
        </select>
      </label>
      <TextField
        draft={`${node.id} description`}
        most={TEXT_LIMIT}
        label="Description"
        note="goes into every wired prompt"
        rows={5}
        value={node.description}
        placeholder="A keeper in his sixties, grey beard, yellow oilskin"
        onCommit={(description) => set("Describe", { description })}
      />
      <AssetPictures node={node} set={set} />
    </>
  );
}

import { ImageUp } from "lucide-preact";
import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";
import { chooseFiles, dropMedia, PICTURES } from "./drag.ts";
import { bringFiles } from "./place.ts";
import { sourceOf } from "./source.ts";

/** The picture that an edit begins with: what is wired in, and the way to one from the disk. */
export function SourceField({ node }: { node: GeneratingNode }) {
  const workspace = useWorkspace();
  if (node.type !== "edit_image" && node.type !== "kontext") return null;
  const source = sourceOf(workspace, node.id);
  const place = { node: node.id, position: node.position };
  return (
    <div class="field" onDrop={(event) => void dropMedia(workspace, event, place)}>
      <span>
        Source <small>{source?.title ?? "nothing is wired in"}</small>
      </span>
      {source?.url
        ? <img class="source-picture" src={source.url} alt={source.title} />
        : (
          <div class="drop-hint">
            {source ? `${source.title} has no picture yet` : "Wire a picture in, or drop one here"}
          </div>
        )}
      <button
        type="button"
        class="button small"
        onClick={() => chooseFiles(PICTURES, (files) => void bringFiles(workspace, files.slice(0, 1), place))}
      >
        <ImageUp size={14} /> From a file
      </button>
    </div>
  );
}

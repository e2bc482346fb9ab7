import { lazily } from "../../components/lazily.tsx";
import { useWorkspace } from "../workspace.ts";

const NodePanel = lazily(() => import("../parts.ts").then((module) => module.NodePanel));
const NextStep = lazily(() => import("../parts.ts").then((module) => module.NextStep));
const Several = lazily(() => import("../parts.ts").then((module) => module.Several));

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

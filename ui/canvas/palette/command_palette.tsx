import { Modal } from "../../components/modal.tsx";
import { ACTIONS, addNode } from "../actions.ts";
import { ADDABLE, kindOf } from "../catalogue.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";
import { beside } from "./beside.ts";
import { Choices } from "./choices.tsx";
import { keyText } from "./key_text.ts";

/** What is only a key: a list of all there is would be full of it. */
const NOT_HERE = /^(?:palette|leave|canvas|(?:go|extend)_.*)$/;

/** Everything that can be done, by its name (Ctrl+K). From the same table as keys and buttons. */
export function CommandPalette() {
  const workspace = useWorkspace();
  const close = () => workspace.palette.value = false;
  const offered = ACTIONS.filter((action) => !NOT_HERE.test(action.id) && (action.when?.(workspace) ?? true));
  const choices = [
    ...offered.map((action) => ({
      id: action.id,
      label: action.label,
      hint: keyText(action.keys?.[0] ?? ""),
      words: action.words ?? "",
      run: () => action.run(workspace),
    })),
    ...(workspace.canEdit ? ADDABLE : []).map((each) => ({
      id: each.type,
      label: `Add ${each.title}`,
      words: each.keywords,
      kind: kindOf(each.type),
      run: () => addNode(workspace, each.type, { screen: { x: 0, y: 0 }, position: beside(workspace) }),
    })),
    ...workspace.document.graph.value.nodes.map((node) => ({
      id: node.id,
      label: `Go to ${node.title}`,
      kind: kindOf(node.type),
      run: () => goTo(workspace, node.id),
    })),
  ];
  return (
    <Modal class="search" label="Commands" light onClose={close}>
      <Choices
        label="Command"
        placeholder="What do you want to do?"
        none="Nothing is called that."
        // What a command opens must not be closed with this, nor lose the focus to it.
        choices={choices.map((each) => ({ ...each, run: () => (close(), setTimeout(each.run, 0)) }))}
      />
    </Modal>
  );
}

import { Modal } from "../../components/modal.tsx";
import { Choices } from "../palette/choices.tsx";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { wiresOf } from "./wires.ts";

/** The wires of a node by name: for who lays them without a pointer. */
export function WireList({ workspace }: { workspace: Workspace }) {
  const { document: doc } = useWorkspace();
  const id = workspace.wiring.value;
  const node = id ? doc.node(id).value : null;
  const close = () => workspace.wiring.value = null;
  if (!node) return null;
  const wires = wiresOf(doc.graph.value, node);
  return (
    <Modal class="search" label={`Wires of ${node.title}`} light onClose={close}>
      <Choices
        label={`Wires of ${node.title}`}
        placeholder="From where to where?"
        none="Nothing fits a port of this node. Add what could, then wire it."
        choices={wires.map(({ label, edge, laid }) => ({
          id: edge.id,
          label,
          run: () => {
            close();
            doc.apply(laid ? "Disconnect" : "Connect", [
              laid ? { op: "remove_edge", id: edge.id } : { op: "add_edge", edge },
            ]);
          },
        }))}
      />
    </Modal>
  );
}

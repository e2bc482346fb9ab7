import { createRoot } from "react-dom/client";
import { memo, useState } from "react";
import {
  applyNodeChanges,
  Background,
  type Edge,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from "reactflow";

/**
 * The same graph in plain React Flow, as its documentation has it: state, `applyNodeChanges`, a memoised node with the ports
 * and lines of our card, its size, the dots behind. What is asked of it is in the address: `culled` leaves out what is off screen, `map`
 * has the map that the canvas always has.
 */

interface Plain {
  title: string;
  inputs: readonly string[];
  outputs: readonly string[];
}

const PlainNode = memo(function PlainNode({ data }: NodeProps<Plain>) {
  return (
    <div className="plain">
      {data.inputs.map((port, index) => (
        <Handle
          key={port}
          id={port}
          type="target"
          position={Position.Left}
          style={{ top: 56 + index * 26 }}
        />
      ))}
      {data.outputs.map((port) => (
        <Handle key={port} id={port} type="source" position={Position.Right} style={{ top: 56 }} />
      ))}
      <header>
        <i />
        <b>{data.title}</b>
        <small>4:00</small>
      </header>
      <div className="picture">
        <span>No take yet</span>
      </div>
      <footer>Nothing made yet</footer>
    </div>
  );
});

const NODE_TYPES = { plain: PlainNode };
const PAN_BUTTONS = [1, 2];

function Canvas({ graph }: { graph: { nodes: Node<Plain>[]; edges: Edge[] } }) {
  const [nodes, setNodes] = useState(graph.nodes);
  return (
    <ReactFlow
      nodes={nodes}
      edges={graph.edges}
      nodeTypes={NODE_TYPES}
      onNodesChange={(changes) => setNodes((before) => applyNodeChanges(changes, before))}
      onlyRenderVisibleElements={location.search.includes("culled")}
      onInit={(flow) => Object.assign(globalThis, { flow })}
      minZoom={0.1}
      panOnScroll
      panOnDrag={PAN_BUTTONS}
      fitView
    >
      <Background gap={24} color="#2a2f38" />
      {location.search.includes("map") && <MiniMap pannable zoomable />}
    </ReactFlow>
  );
}

const graph = await (await fetch("/graph.json")).json();
createRoot(document.getElementById("app")!).render(<Canvas graph={graph} />);

import { memo } from "preact/compat";
import { useEffect } from "preact/hooks";
import { Handle, type NodeProps, Position, useUpdateNodeInternals } from "reactflow";
import { type BorderPort, inputWords, NO_BORDER, outputWords } from "../../../shared/canvas/border.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";
import { BOUNDARY, INPUTS } from "./boundary_place.ts";

/** On the inside of a group: what comes in from outside, or goes out, one port a row. A click goes to the other end. */
export const Boundary = memo(function Boundary({ id }: NodeProps) {
  const workspace = useWorkspace();
  const { levels, document: doc } = workspace;
  const level = levels.level.value;
  const border = level === null ? NO_BORDER : levels.border(level).value;
  const comesIn = id === INPUTS;
  const ports = comesIn ? border.inputs : border.outputs;
  useHandles(id, ports);
  const words = (port: BorderPort) =>
    comesIn ? doc.nodes.value.get(port.from.node)?.title ?? "" : outputWords(doc.nodes.value, port);
  const far = (port: BorderPort) => comesIn ? port.from.node : port.to[0]!.node;
  return (
    <section class="boundary" style={{ width: `${BOUNDARY.width}px` }}>
      <h3 style={{ height: `${BOUNDARY.header}px` }}>{comesIn ? "Comes in" : "Goes out"}</h3>
      <ul>
        {ports.map((port) => (
          <li key={port.id} data-type={port.type} style={{ height: `${BOUNDARY.row}px` }}>
            <button
              type="button"
              class="nodrag"
              title={`Go to ${words(port)}`}
              onClick={() => goTo(workspace, far(port))}
            >
              <i class="mark" />
              <span>{words(port)}</span>
            </button>
            <Handle
              id={port.id}
              type={comesIn ? "source" : "target"}
              position={comesIn ? Position.Right : Position.Left}
              data-type={port.type}
              title={comesIn ? `${words(port)} comes in here` : `Goes out to ${words(port)}`}
            />
          </li>
        ))}
      </ul>
    </section>
  );
});

/** The ports of a folded group, on its card: what it gives out, then what it takes in. */
export function CardPorts({ id }: { id: string }) {
  const { levels, document: doc } = useWorkspace();
  const border = levels.border(id).value;
  useHandles(id, [...border.outputs, ...border.inputs]);
  const nodes = doc.nodes.value;
  if (border.inputs.length + border.outputs.length === 0) return null;
  return (
    <ul class="card-ports">
      {border.outputs.map((port) => {
        const title = nodes.get(port.from.node)?.title ?? "";
        return (
          <li key={port.id} class="out" data-type={port.type} title={`${title} goes out`}>
            <span>{title}</span>
            <Handle
              id={port.id}
              type="source"
              position={Position.Right}
              data-type={port.type}
              title={title}
            />
          </li>
        );
      })}
      {border.inputs.map((port) => {
        const words = inputWords(nodes, port);
        return (
          <li key={port.id} data-type={port.type} title={words}>
            <Handle id={port.id} type="target" position={Position.Left} data-type={port.type} title={words} />
            <span>{words}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** React Flow measures where handles are when a node's size changes; that other ports came it has to be told. */
function useHandles(id: string, ports: readonly BorderPort[]): void {
  const update = useUpdateNodeInternals();
  const key = ports.map((port) => port.id).join(" ");
  useEffect(() => update(id), [id, key]);
}

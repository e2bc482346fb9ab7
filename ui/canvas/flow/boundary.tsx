import { memo } from "preact/compat";
import { useEffect } from "preact/hooks";
import { Handle, type NodeProps, Position, useUpdateNodeInternals } from "reactflow";
import { inputWords, NO_BORDER, outputWords } from "../../../shared/canvas/border.ts";
import { goTo } from "../levels.ts";
import { useSteady } from "../steady.ts";
import { useWorkspace } from "../workspace.ts";
import { BOUNDARY, INPUTS } from "./boundary_place.ts";

/** On the inside of a group: what comes in from outside, or goes out, one port a row. A click goes to the other end. */
export const Boundary = memo(function Boundary({ id }: NodeProps) {
  const workspace = useWorkspace();
  const comesIn = id === INPUTS;
  const ports = useSteady(() => {
    const level = workspace.levels.level.value;
    const border = level === null ? NO_BORDER : workspace.levels.border(level).value;
    const nodes = workspace.document.nodes.value;
    return comesIn
      ? border.inputs.map(({ id, type, from }) => ({
        id,
        type,
        far: from.node,
        words: nodes.get(from.node)?.title ?? "",
      }))
      : border.outputs.map((port) => ({
        id: port.id,
        type: port.type,
        far: port.to[0]!.node,
        words: outputWords(nodes, port),
      }));
  }).value;
  useHandles(id, ports);
  return (
    <section
      class="boundary"
      style={{ width: `${BOUNDARY.width}px` }}
      aria-label={comesIn ? "Comes in" : "Goes out"}
    >
      <h3 style={{ height: `${BOUNDARY.header}px` }}>{comesIn ? "Comes in" : "Goes out"}</h3>
      <ul>
        {ports.map(({ id, type, far, words }) => (
          <li key={id} data-type={type} style={{ height: `${BOUNDARY.row}px` }}>
            <button
              type="button"
              class="nodrag"
              title={`Go to ${words}`}
              onClick={() =>
                goTo(workspace, far)}
            >
              <i class="mark" />
              <span>{words}</span>
            </button>
            <Handle
              id={id}
              type={comesIn ? "source" : "target"}
              position={comesIn ? Position.Right : Position.Left}
              data-type={type}
              title={comesIn ? `${words} comes in here` : `Goes out to ${words}`}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}, (before, after) => before.id === after.id);

/** The ports of a folded group, on its card: what it gives out, then what it takes in. */
export function CardPorts({ id }: { id: string }) {
  const { levels, document: doc } = useWorkspace();
  const ports = useSteady(() => {
    const border = levels.border(id).value, nodes = doc.nodes.value;
    return [
      ...border.outputs.map(({ id, type, from }) => ({
        id,
        type,
        out: true,
        words: nodes.get(from.node)?.title ?? "",
      })),
      ...border.inputs.map((port) => ({
        id: port.id,
        type: port.type,
        out: false,
        words: inputWords(nodes, port),
      })),
    ];
  }).value;
  useHandles(id, ports);
  if (ports.length === 0) return null;
  return (
    <ul class="card-ports">
      {ports.map(({ id, type, out, words }) => (
        <li key={id} class={out ? "out" : ""} data-type={type} title={out ? `${words} goes out` : words}>
          <span>{words}</span>
          <Handle
            id={id}
            type={out ? "source" : "target"}
            position={out ? Position.Right : Position.Left}
            data-type={type}
            title={words}
          />
        </li>
      ))}
    </ul>
  );
}

/** React Flow measures where handles are when a node's size changes; that other ports came it has to be told. */
function useHandles(id: string, ports: readonly { id: string }[]): void {
  const update = useUpdateNodeInternals();
  const key = ports.map((port) => port.id).join(" ");
  useEffect(() => update(id), [id, key]);
}

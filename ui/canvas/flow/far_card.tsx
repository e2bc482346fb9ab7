import { signal } from "@preact/signals";
import { type CanvasNode, isGenerating } from "../../../shared/canvas/graph.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";
import { PORTS } from "../../../shared/canvas/ports.ts";
import { kindOf } from "../catalogue.ts";
import { OffMark } from "../left_out/off_mark.tsx";
import { useWorkspace } from "../workspace.ts";
import { sizeOf } from "./sizes.ts";

/** Zoom below which a card's lines cannot be read: hundreds of nodes are on the screen then. */
const FAR = 0.3;

/** Whether the canvas is seen from so far that cards are drawn by name, colour and picture alone. */
export const far = signal(false);

export function seenAt(zoom: number): void {
  far.value = zoom < FAR;
}

/** A node from afar. React Flow finds the ends of its wires by these marks; as handles of its own they would cost more than all the rest. */
export function FarCard({ node }: { node: CanvasNode }) {
  const { live } = useWorkspace();
  const { inputs, outputs } = PORTS[node.type];
  const poster = isGenerating(node) ? live.activeTake(node.id)?.poster_url : null;
  return (
    <article
      class={`node far ${node.type}`}
      data-type={kindOf(node.type)}
      data-off={offOf(node)}
      aria-label={node.title}
      style={{ height: `${sizeOf(node).height}px` }}
    >
      {inputs.map((port, index) => (
        <i
          key={port.name}
          class="end target react-flow__handle-left"
          data-handleid={port.name}
          data-handlepos="left"
          data-nodeid={node.id}
          style={{ top: `${56 + index * 26}px` }}
        />
      ))}
      {outputs.map((port) => (
        <i
          key={port.name}
          class="end source react-flow__handle-right"
          data-handleid={port.name}
          data-handlepos="right"
          data-nodeid={node.id}
          style="top:56px"
        />
      ))}
      <header>
        <b title={node.title}>{node.title}</b>
        <OffMark node={node} />
      </header>
      {poster && <img src={poster} alt="" loading="lazy" decoding="async" />}
    </article>
  );
}

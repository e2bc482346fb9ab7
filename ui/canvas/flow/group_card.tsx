import { ChevronsDownUp, ChevronsUpDown } from "lucide-preact";
import { memo } from "preact/compat";
import { useRef } from "preact/hooks";
import { Handle, type NodeProps, Position, useReactFlow } from "reactflow";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { withContents } from "../../../shared/canvas/groups.ts";
import { NewerMark } from "../library/from_library.tsx";
import { useWorkspace } from "../workspace.ts";
import { sizeOf } from "./sizes.ts";
import { Title } from "./title.tsx";

/** A group that is open: a frame behind what lies in it, with a title to hold it by. */
export const GroupFrame = memo(function GroupFrame({ data }: NodeProps<{ id: string }>) {
  const workspace = useWorkspace();
  const node = workspace.document.node(data.id).value;
  if (node?.type !== "group") return null;
  return (
    <section class="frame-node" aria-label={node.title}>
      <header class="frame-title">
        <Title node={node} />
        <NewerMark node={node} />
        <Fold node={node} />
      </header>
      <Corner node={node} />
    </section>
  );
});

/** Canvas pixels below which a frame's title has no room. */
const LEAST = { width: 160, height: 100 };

/** The corner of a frame that makes it larger or smaller: one change when it is let go. */
function Corner({ node }: { node: NodeOf<"group"> }) {
  const { document: doc } = useWorkspace();
  const flow = useReactFlow();
  const start = useRef<{ x: number; y: number } | null>(null);
  const sizeAt = (event: PointerEvent) => {
    const { width, height } = sizeOf(node);
    const zoom = flow.getZoom();
    return {
      width: Math.round(Math.max(LEAST.width, width + (event.clientX - start.current!.x) / zoom)),
      height: Math.round(Math.max(LEAST.height, height + (event.clientY - start.current!.y) / zoom)),
    };
  };
  return (
    <i
      class="frame-corner nodrag nopan"
      title="Drag to make the frame larger or smaller"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={(event) => {
        if (!start.current) return;
        const { width, height } = sizeAt(event);
        Object.assign(event.currentTarget.closest<HTMLElement>(".react-flow__node")!.style, {
          width: `${width}px`,
          height: `${height}px`,
        });
      }}
      onPointerUp={(event) => {
        if (!start.current) return;
        const size = sizeAt(event);
        start.current = null;
        doc.apply(`Resize ${node.title}`, [{ op: "update_node", id: node.id, set: { size } }]);
      }}
    />
  );
}

/** A group that is collapsed, within its card: how much lies in it, and what its machines do. */
export function GroupBody({ node }: { node: NodeOf<"group"> }) {
  const { document: doc, live } = useWorkspace();
  const inside = [...withContents(doc.graph.value, [node.id])].filter((id) => id !== node.id);
  const jobs = inside.flatMap((id) => live.jobsOf(id));
  const working = jobs.filter((job) => job.state === "leased").length;
  const failed = jobs.filter((job) => job.state === "failed").length;
  return (
    <>
      <Handle id="in" type="target" position={Position.Left} isConnectable={false} style={{ top: "42px" }} />
      <Handle
        id="out"
        type="source"
        position={Position.Right}
        isConnectable={false}
        style={{ top: "42px" }}
      />
      <footer>
        <div class="line">
          <span>{inside.length === 1 ? "1 node" : `${inside.length} nodes`}</span>
          {working > 0 && <span>{working} at work</span>}
          {failed > 0 && <span class="broken-text">{failed} failed</span>}
        </div>
      </footer>
    </>
  );
}

export function Fold({ node }: { node: NodeOf<"group"> }) {
  const { document: doc } = useWorkspace();
  const label = node.collapsed ? `Open ${node.title}` : `Collapse ${node.title}`;
  const Icon = node.collapsed ? ChevronsUpDown : ChevronsDownUp;
  return (
    <button
      type="button"
      class="button quiet icon small nodrag"
      title={label}
      aria-label={label}
      onClick={() =>
        doc.apply(label, [{ op: "update_node", id: node.id, set: { collapsed: !node.collapsed } }])}
    >
      <Icon size={14} />
    </button>
  );
}

import { useComputed } from "@preact/signals";
import { ChevronsDownUp, ChevronsUpDown, SquareArrowDown } from "../../components/icons.ts";
import { memo } from "preact/compat";
import { useRef } from "preact/hooks";
import { type NodeProps, useReactFlow } from "reactflow";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { withContents } from "../../../shared/canvas/groups.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";
import { remainingText } from "../../state/words.ts";
import { fold } from "../group_actions.ts";
import { goToLevel } from "../levels.ts";
import { useSteady } from "../steady.ts";
import { NewerMark } from "../library/from_library.tsx";
import { useWorkspace } from "../workspace.ts";
import { CardPorts } from "./boundary.tsx";
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
        <GroupButtons node={node} />
      </header>
      <Corner node={node} />
    </section>
  );
}, (before, after) => before.data === after.data);

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

/** A group that is folded, within its card: its ports, how much lies in it, who is there, and what its machines do. */
export function GroupBody({ node }: { node: NodeOf<"group"> }) {
  const { document: doc, live } = useWorkspace();
  const inside = useSteady(() => [...withContents(doc.graph.value, [node.id])].filter((id) => id !== node.id))
    .value;
  const jobs = inside.flatMap((id) => live.jobsOf(id));
  const working = jobs.filter((job) => job.state === "leased");
  const failed = jobs.filter((job) => job.state === "failed").length;
  const off =
    useSteady(() => doc.graph.value.nodes.filter((each) => offOf(each) && inside.includes(each.id)).length)
      .value;
  return (
    <>
      <CardPorts id={node.id} />
      <footer>
        <div class="line">
          <span>{inside.length === 1 ? "1 node" : `${inside.length} nodes`}</span>
          {working.length > 0 && <span>{working.length} at work</span>}
          {off > 0 && <span class="off-mark">{off === inside.length ? "all" : off} left out</span>}
          {failed > 0 && <span class="broken-text">{failed} failed</span>}
          <Visitors inside={inside} group={node.id} />
        </div>
        {working.length > 0 && <Together jobs={working.map((job) => job.id)} />}
      </footer>
    </>
  );
}

/** What is at work in a folded group, as one bar; the time is that of the longest. */
function Together({ jobs }: { jobs: readonly string[] }) {
  const { live } = useWorkspace();
  const all = useComputed(() => jobs.map((id) => live.progress(id).value));
  const width = useComputed(() => {
    const done = all.value.reduce((sum, each) => sum + (each?.progress ?? 0), 0);
    return `width:${Math.round((done / jobs.length) * 100)}%`;
  });
  const left = useComputed(() =>
    remainingText(Math.max(...all.value.map((each) => each?.seconds_left ?? 0)) || undefined)
  );
  return (
    <div class="line together">
      <div class="bar">
        <i style={width} />
      </div>
      <span class="mono">{left}</span>
    </div>
  );
}

/** Others who are inside of a folded group. */
function Visitors({ group, inside }: { group: string; inside: readonly string[] }) {
  const { document: doc } = useWorkspace();
  const here = doc.people.others.value.filter(({ level: { value: level } }) =>
    level !== null && (level === group || inside.includes(level))
  );
  if (here.length === 0) return null;
  return (
    <span class="visitors">
      {here.map((other) => (
        <i
          key={other.id}
          role="img"
          aria-label={`${other.name} is inside`}
          title={`${other.name} is inside`}
          style={{ "--hue": other.hue }}
        />
      ))}
    </span>
  );
}

/** What a group's title bar offers: the way in, and to fold or unfold it. */
export function GroupButtons({ node }: { node: NodeOf<"group"> }) {
  const workspace = useWorkspace();
  const label = node.collapsed ? `Unfold ${node.title}` : `Fold ${node.title}`;
  const Icon = node.collapsed ? ChevronsUpDown : ChevronsDownUp;
  return (
    <>
      <button
        type="button"
        class="button quiet icon small nodrag"
        title={`Go into ${node.title} (Enter)`}
        aria-label={`Go into ${node.title}`}
        onClick={() => goToLevel(workspace, node.id)}
      >
        <SquareArrowDown size={14} />
      </button>
      {workspace.canEdit && (
        <button
          type="button"
          class="button quiet icon small nodrag"
          title={label}
          aria-label={label}
          onClick={() => fold(workspace, [node], !node.collapsed)}
        >
          <Icon size={14} />
        </button>
      )}
    </>
  );
}

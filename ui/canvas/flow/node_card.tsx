import { useComputed } from "@preact/signals";
import { memo } from "preact/compat";
import { Handle, type NodeProps, Position } from "reactflow";
import { PORTS } from "../../../shared/canvas/ports.ts";
import type { CanvasNode, NodeOf } from "../../../shared/canvas/graph.ts";
import { isGenerating } from "../../../shared/canvas/graph.ts";
import { wiredShotsOf } from "../../../shared/canvas/chain.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";
import { FilePicture } from "../assets/picture.tsx";
import { OffMark } from "../left_out/off_mark.tsx";
import { NewerMark } from "../library/from_library.tsx";
import { NodeLock } from "../locks/lock_mark.tsx";
import { later } from "../../components/lazily.tsx";
import { attempt } from "../../state/toasts.ts";
import { durationText } from "../../state/words.ts";
import { kindOf } from "../catalogue.ts";
import { usedFrames } from "../sequence.ts";
import { TakePicture } from "../takes/take_picture.tsx";
import { lookAt } from "../takes/look_at.ts";
import { useWorkspace } from "../workspace.ts";
import { far, FarCard } from "./far_card.tsx";
import { GroupBody, GroupButtons } from "./group_card.tsx";
import { NodeStatus } from "./node_status.tsx";
import { Title } from "./title.tsx";

const told = later(() => import("../parts.ts"));

/** A node as it lies on the canvas: name, last picture, state in one line. */
export const NodeCard = memo(function NodeCard({ data }: NodeProps<{ id: string }>) {
  const workspace = useWorkspace();
  const node = workspace.document.node(data.id).value;
  if (!node) return null;
  // A collapsed group has ends of its own.
  if (far.value && node.type !== "group") return <FarCard node={node} />;
  return (
    <article
      class={`node ${node.type}`}
      data-type={kindOf(node.type)}
      data-off={offOf(node)}
      aria-label={node.title}
    >
      <Ports node={node} />
      <header>
        <i class="mark" />
        <Title node={node} />
        <NewerMark node={node} />
        {offOf(node)
          ? <OffMark node={node} />
          : <small class="mono">{hint(node, workspace.project.value.fps)}</small>}
        {node.type === "group" && <GroupButtons node={node} />}
      </header>
      <NodeLock node={node} />
      <Body node={node} />
    </article>
  );
}, sameCard);

/** Where a card lies, and whether it is chosen or dragged, is drawn around it. */
function sameCard(before: NodeProps<{ id: string }>, after: NodeProps<{ id: string }>): boolean {
  return before.data === after.data;
}

function Ports({ node }: { node: CanvasNode }) {
  const workspace = useWorkspace();
  const { inputs, outputs } = PORTS[node.type];
  // What is wired there is looked up when it is asked for: no port is drawn for it.
  const tell = (event: { currentTarget: HTMLElement }) =>
    void attempt(async () => (await told()).tellPort(workspace, event.currentTarget));
  return (
    <>
      {inputs.map((port, index) => (
        <Handle
          key={port.name}
          id={port.name}
          type="target"
          position={Position.Left}
          style={{ top: `${56 + index * 26}px` }}
          data-type={port.name === "sequence" || port.name === "previous" ? "shot" : port.accepts[0]}
          title={`${port.label}: ${port.accepts.join(" or ")}${port.many ? ", several" : ""}`}
          onPointerEnter={tell}
        />
      ))}
      {outputs.map((port) => (
        <Handle
          key={port.name}
          id={port.name}
          type="source"
          position={Position.Right}
          style={{ top: "56px" }}
          data-type={port.type}
          title={port.label}
          onPointerEnter={tell}
        />
      ))}
    </>
  );
}

function hint(node: CanvasNode, fps: string): string {
  if (node.type === "shot") return durationText(usedFrames(node), fps);
  if (node.type === "asset") return node.kind;
  return "";
}

function Body({ node }: { node: CanvasNode }) {
  if (isGenerating(node)) return <GeneratingBody id={node.id} />;
  if (node.type === "assembler") return <AssemblerBody node={node} />;
  if (node.type === "note") return <div class="note-text">{node.text || "Write in the inspector."}</div>;
  if (node.type === "asset") return <AssetBody node={node} />;
  if (node.type === "group") return <GroupBody node={node} />;
  if (node.type === "pipeline") {
    return (
      <footer>
        <div class="line">{node.runner ?? "Choose a runner"}</div>
      </footer>
    );
  }
  return null;
}

function GeneratingBody({ id }: { id: string }) {
  const workspace = useWorkspace();
  const { live } = workspace;
  const take = live.activeTake(id);
  const working = live.jobsOf(id).find((job) => job.state === "leased");
  const preview = working ? live.preview(working.id).value : null;
  return (
    <>
      <div
        class="picture"
        title={take ? "Double click: as large as the window" : undefined}
        onDblClick={() => lookAt(workspace, id)}
      >
        {preview
          ? <img src={preview} alt="" />
          : take
          ? <TakePicture take={take} playOnHover />
          : <span>No take yet</span>}
        {take && !preview && <span class="tag">take {String(take.take).padStart(2, "0")}</span>}
      </div>
      <NodeStatus id={id} />
    </>
  );
}

function AssetBody({ node }: { node: NodeOf<"asset"> }) {
  const { images, description } = node;
  return (
    <>
      <div class="picture">
        {images[0] ? <FilePicture file={images[0]} /> : <span>Drop a picture here</span>}
        {images.length > 1 && <span class="tag">{images.length} pictures</span>}
      </div>
      <footer>
        <div class="line one">{description || "Describe it in the inspector."}</div>
      </footer>
    </>
  );
}

function AssemblerBody({ node }: { node: NodeOf<"assembler"> }) {
  const { document: doc, live } = useWorkspace();
  // As a text: the card is drawn when the chain changes, not with every change of the canvas.
  const chain = useComputed(() =>
    wiredShotsOf(doc.graph.value, node.id).map((shot) => `${shot.off ? "-" : "+"}${shot.id}`).join(" ")
  );
  const wired = chain.value ? chain.value.split(" ") : [];
  const shots = wired.filter((shot) => shot.startsWith("+")).map((shot) => shot.slice(1));
  const ready = shots.filter((shot) => live.activeTake(shot)).length;
  return (
    <>
      <div class="strip">
        {wired.slice(0, 8).map((shot) => <Frame key={shot} id={shot.slice(1)} off={shot.startsWith("-")} />)}
        {wired.length === 0 && <div class="frame">Wire the last shot here</div>}
      </div>
      <footer>
        <div class="line">
          <span>{shots.length ? `${ready} of ${shots.length} shots ready` : "Empty"}</span>
        </div>
        <NodeStatus id={node.id} bare />
      </footer>
    </>
  );
}

/** A shot in an assembler's strip; struck out when the film leaves it out. */
function Frame({ id, off }: { id: string; off: boolean }) {
  const { document: doc, live } = useWorkspace();
  const take = live.activeTake(id);
  const title = useComputed(() => doc.node(id).value?.title ?? "");
  return (
    <div
      class={`frame ${take ? "ready" : ""} ${off ? "off" : ""}`}
      title={off ? `${title.value}: left out of the film` : title.value}
      style={take?.poster_url ? { backgroundImage: `url("${take.poster_url}")` } : {}}
    >
      {off ? <s>{title}</s> : !take && title}
    </div>
  );
}

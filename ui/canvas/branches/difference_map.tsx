import type { Comparison, NodeDifference } from "../../../shared/api/branches.ts";
import type { NodeType } from "../../../shared/canvas/graph.ts";
import { sizeOf } from "../flow/sizes.ts";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Canvas pixels around what is shown. */
const MARGIN = 60;

/** Both canvases in one picture: what came, went, moved and changed, each in its place. */
export function DifferenceMap({ comparison, chosen, choose }: {
  comparison: Comparison;
  chosen: string | null;
  choose: (id: string) => void;
}) {
  const takes = new Map(comparison.takes.map((choice) => [choice.node_id, choice]));
  const boxes = new Map(
    comparison.nodes.map((node) => [node.id, { was: boxOf(node, "before"), is: boxOf(node, "after") }]),
  );
  const all = [...boxes.values()].flatMap(({ was, is }) => [was, is]).filter((box) => box !== null);
  if (all.length === 0) {
    return (
      <div class="empty">
        <p>Neither has anything on its canvas.</p>
      </div>
    );
  }
  const left = Math.min(...all.map((box) => box.x)) - MARGIN;
  const top = Math.min(...all.map((box) => box.y)) - MARGIN;
  const width = Math.max(...all.map((box) => box.x + box.width)) + MARGIN - left;
  const height = Math.max(...all.map((box) => box.y + box.height)) + MARGIN - top;
  const place = (id: string) => {
    const box = boxes.get(id);
    return box?.is ?? box?.was ?? null;
  };
  // Frames lie under what lies in them.
  const ordered = comparison.nodes.toSorted((a, b) =>
    Number(b.type === "group") - Number(a.type === "group")
  );
  return (
    <svg
      class="difference-map"
      viewBox={`${left} ${top} ${width} ${height}`}
      role="img"
      aria-label="Both canvases"
    >
      {comparison.wires.map((wire, at) => (
        <Wire key={at} wire={wire} from={place(wire.source)} to={place(wire.target)} />
      ))}
      {ordered.map((node) => (
        <Node
          key={node.id}
          node={node}
          takes={takes.get(node.id) ?? null}
          {...boxes.get(node.id)!}
          chosen={node.id === chosen}
          choose={() => choose(node.id)}
        />
      ))}
    </svg>
  );
}

function boxOf(node: NodeDifference, side: "before" | "after"): Box | null {
  const box = node[side];
  if (!box) return null;
  const own = sizeOf({ type: node.type as NodeType });
  const { width, height } = node.type === "group"
    ? { width: box.width ?? own.width, height: box.height ?? own.height }
    : own;
  return { x: box.x, y: box.y, width, height };
}

function Wire({ wire, from, to }: { wire: Comparison["wires"][number]; from: Box | null; to: Box | null }) {
  if (!from || !to) return null;
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const bend = Math.max(40, Math.abs(x2 - x1) / 2);
  return (
    <path
      class={`wire ${wire.change}`}
      d={`M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
    />
  );
}

/** Pictures on a card. */
const INSET = 14;

function Node({ node, takes, was, is, chosen, choose }: {
  node: NodeDifference;
  takes: Comparison["takes"][number] | null;
  was: Box | null;
  is: Box | null;
  chosen: boolean;
  choose: () => void;
}) {
  const box = (is ?? was)!;
  const moved = was && is && (was.x !== is.x || was.y !== is.y);
  // A node that is the same and shows another take is no longer the same to whoever looks.
  const change = node.change === "same" && takes ? "changed" : node.change;
  const mark = node.change === "same" && takes ? "another take" : node.change;
  const words = change === "same" ? node.title : `${node.title}: ${mark}`;
  const act = change === "same" ? {} : {
    role: "button",
    tabIndex: 0,
    "aria-label": words,
    onClick: choose,
    onKeyDown: (event: KeyboardEvent) => event.key === "Enter" && choose(),
  } as const;
  const posters = [takes?.before, takes?.after].map((side) => side?.take?.poster_url ?? null);
  const wide = (box.width - 3 * INSET) / 2;
  return (
    <g
      class={`node-box ${change} ${node.type === "group" ? "frame" : ""} ${chosen ? "chosen" : ""}`}
      {...act}
    >
      <title>{words}</title>
      {moved && (
        <>
          <rect class="was" x={was.x} y={was.y} width={was.width} height={was.height} rx={10} />
          <line
            class="way"
            x1={was.x + was.width / 2}
            y1={was.y + was.height / 2}
            x2={is.x + is.width / 2}
            y2={is.y + is.height / 2}
          />
        </>
      )}
      <rect class="is" x={box.x} y={box.y} width={box.width} height={box.height} rx={10} />
      <text x={box.x + 14} y={box.y + 30}>{clip(node.title)}</text>
      {change !== "same" && <text class="mark" x={box.x + 14} y={box.y + 56}>{mark}</text>}
      {posters.map((href, at) =>
        href && (
          <image
            key={at}
            href={href}
            x={box.x + INSET + at * (wide + INSET)}
            y={box.y + box.height - INSET - wide * 0.75}
            width={wide}
            height={wide * 0.75}
            preserveAspectRatio="xMidYMid meet"
          />
        )
      )}
    </g>
  );
}

/** As much of a title as a box is wide. */
function clip(title: string): string {
  return title.length > 20 ? `${title.slice(0, 19)}…` : title;
}

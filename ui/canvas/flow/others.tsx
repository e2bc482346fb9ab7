import { useReactFlow, useViewport } from "reactflow";
import type { Level } from "../../../shared/canvas/levels.ts";
import type { Other } from "../presence/people.ts";
import { useWorkspace } from "../workspace.ts";
import { sizeOf } from "./sizes.ts";

/** Where the others are: a named pointer each, and a line around what they have chosen. */
export function Others() {
  const { document: doc } = useWorkspace();
  // Alone, nothing is drawn while the canvas moves.
  return doc.people.others.value.length ? <Layer /> : null;
}

function Layer() {
  const { document: doc, levels } = useWorkspace();
  const { x, y, zoom } = useViewport();
  const level = levels.level.value;
  return (
    <div
      class="others"
      aria-hidden="true"
      style={{ transform: `translate(${x}px, ${y}px) scale(${zoom})`, "--zoom": zoom }}
    >
      {doc.people.others.value.map((other) => <Marks key={other.id} other={other} level={level} />)}
    </div>
  );
}

/** A pointer belongs to the level that it is on; what somebody chose is seen wherever it is drawn. */
function Marks({ other, level }: { other: Other; level: Level }) {
  return (
    <div style={{ "--hue": other.hue }}>
      {other.selection.value.map((id) => <Outline key={id} id={id} name={other.name} />)}
      {other.level.value === level && <Pointer other={other} />}
    </div>
  );
}

function Pointer({ other }: { other: Other }) {
  const at = other.cursor.value;
  if (!at) return null;
  return (
    <div
      class="pointer"
      style={{ transform: `translate(${at.x}px, ${at.y}px) scale(calc(1 / var(--zoom)))` }}
    >
      <svg width="14" height="18" viewBox="0 0 14 18">
        <path d="M1 1v14l4-4h7z" />
      </svg>
      <b>{other.name}</b>
    </div>
  );
}

function Outline({ id, name }: { id: string; name: string }) {
  const { document: doc } = useWorkspace();
  const { getNode } = useReactFlow();
  const node = doc.node(id).value;
  const place = doc.people.dragged.value.get(id) ?? node?.position;
  if (!place || !node) return null;
  // Its size as it is drawn; from afar it may be painted.
  const { width, height } = getNode(id) ?? sizeOf(node);
  return (
    <div
      class="outline"
      data-node={id}
      title={name}
      style={{
        transform: `translate(${place.x}px, ${place.y}px)`,
        width: `${width}px`,
        height: `${height}px`,
      }}
    />
  );
}

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import {
  NOWHERE,
  type Peer,
  type Presence,
  PRESENCE_MS,
  type StudioWord,
} from "../../../shared/canvas/live/words.ts";
import type { Graph } from "../../../shared/canvas/graph.ts";
import { same } from "../../../shared/canvas/live/same.ts";

/** Somebody else's open canvas; each part has a signal of its own, so that a moving pointer redraws a pointer. */
export interface Other {
  id: string;
  userId: string;
  name: string;
  /** Degrees. */
  hue: number;
  cursor: Signal<Presence["cursor"]>;
  selection: Signal<Presence["selection"]>;
  dragging: Signal<Presence["dragging"]>;
  level: Signal<string | null>;
}

export interface People extends Disposable {
  /** Who this is, once the studio has said so. */
  me: ReadonlySignal<{ userId: string; name: string; hue: number } | null>;
  canEdit: ReadonlySignal<boolean>;
  others: ReadonlySignal<readonly Other[]>;
  /** Where others have nodes on their way. */
  dragged: ReadonlySignal<ReadonlyMap<string, { x: number; y: number }>>;
  /** The graph with these nodes where they are on their way. */
  placed(graph: Graph): Graph;
  heard(word: StudioWord): void;
  /** Everybody is out of sight: the line is down. */
  down(): void;
  /** Tells others what this person does now; at most 20 words a second. */
  show(part: Partial<Presence>): void;
}

export function createPeople(say: (word: unknown) => void): People {
  const me = signal<{ userId: string; name: string; hue: number } | null>(null);
  const canEdit = signal(true);
  const others = signal<readonly Other[]>([]);
  const dragged = computed(() => {
    const all = new Map<string, { x: number; y: number }>();
    for (const other of others.value) {
      for (const [id, place] of Object.entries(other.dragging.value)) all.set(id, place);
    }
    return all;
  });
  let mine: Presence = NOWHERE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let said = -Infinity;

  function tell(): void {
    timer = undefined;
    // Nobody looks: whoever comes is told then.
    if (!others.peek().length) return;
    said = performance.now();
    say({ type: "presence", presence: mine });
  }
  const tellSoon = () => {
    timer ??= setTimeout(tell, Math.max(0, said + PRESENCE_MS - performance.now()));
  };

  function meet(peer: Peer): void {
    const known = others.peek().find((other) => other.id === peer.id);
    if (known) return update(known, peer.presence);
    const { cursor, selection, dragging, level } = peer.presence;
    others.value = [...others.peek(), {
      id: peer.id,
      userId: peer.user_id,
      name: peer.name,
      hue: peer.hue,
      cursor: signal(cursor),
      selection: signal(selection),
      dragging: signal(dragging),
      level: signal(level ?? null),
    }];
    tellSoon();
  }

  return {
    me,
    canEdit,
    others,
    dragged,
    placed(graph) {
      const places = dragged.value;
      if (!places.size) return graph;
      const nodes = graph.nodes.map((node) => {
        const position = places.get(node.id);
        return position ? { ...node, position } : node;
      });
      return { nodes, edges: graph.edges };
    },
    heard(word) {
      if (word.type === "welcome") {
        me.value = { userId: word.you.user_id, name: word.you.name, hue: word.you.hue };
        canEdit.value = word.can_edit;
        others.value = [];
        word.peers.forEach(meet);
      } else if (word.type === "peer") meet(word.peer);
      else if (word.type === "gone") others.value = others.peek().filter((other) => other.id !== word.id);
    },
    down: () => others.value = [],
    show(part) {
      const next = { ...mine, ...part };
      if (same(next, mine)) return;
      mine = next;
      tellSoon();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function update(other: Other, { cursor, selection, dragging, level }: Presence): void {
  other.cursor.value = cursor;
  other.level.value = level ?? null;
  if (!same(other.selection.peek(), selection)) other.selection.value = selection;
  if (!same(other.dragging.peek(), dragging)) other.dragging.value = dragging;
}

import { Columns2, Download, Star } from "lucide-preact";
import { signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import type { Take } from "../../../shared/api/work.ts";
import { makeActive } from "../deeds.ts";
import { useWorkspace } from "../workspace.ts";
import { HowMade } from "./how_made.tsx";
import { galleryStep } from "./gallery_keys.ts";
import { useShelf } from "./shelf.ts";
import { TakeCard } from "./take_card.tsx";
import { takeListOf } from "./take_list.ts";

/** The takes of a node: see, choose, compare, go back to. Of thousands, those in sight are there; the others are read when one comes to them. */
export function Gallery({ node }: { node: GeneratingNode }) {
  const workspace = useWorkspace();
  const { live } = workspace;
  const chosen = useMemo(() => signal<string[]>([]), [node.id]);
  const list = takeListOf(workspace, node.id);
  const takes = list.takes.value, total = list.total.value;
  const box = useRef<HTMLDivElement>(null);
  const shelf = useShelf(box, total);
  /** The take that a key leads to: it has the focus as soon as it is here. */
  const aim = useMemo(() => signal<number | null>(null), [node.id]);
  // One alone is held against the active take; none chosen: the active one against the newest other.
  const pair = pairOf(chosen.value, live.activeTake(node.id)?.id, takes);
  const compare = () => workspace.comparing.value = pair;
  // The same for as long as the node is: a take is drawn again when it changes, not when another does.
  const { reached, reach, toggle, activate } = useMemo(() => {
    const reached = signal<string | null>(null);
    return {
      reached,
      reach: (take: Take) => reached.value = take.id,
      toggle(take: Take) {
        const without = chosen.value.filter((id) => id !== take.id);
        chosen.value = without.length < chosen.value.length ? without : [...chosen.value.slice(-1), take.id];
      },
      activate(take: Take) {
        if (workspace.canReview) void makeActive(workspace, take);
      },
    };
  }, [node.id]);
  const at = Math.max(0, takes.findIndex((take) => take.id === reached.value));
  const mounted = cells(shelf, total, [at, aim.value]);
  useLayoutEffect(() => list.need(shelf.last - 1), [list, shelf.last]);
  useLayoutEffect(() => {
    const take = aim.value === null ? undefined : takes[aim.value];
    if (!take) return;
    aim.value = null;
    const card = box.current?.querySelector<HTMLElement>(`[data-take="${take.id}"]`);
    card?.focus({ preventScroll: true });
    // The panel around the gallery may have to scroll, too.
    card?.scrollIntoView({ block: "nearest" });
  });
  const goTo = (index: number) => {
    list.need(index);
    shelf.show(index);
    aim.value = index;
  };
  const [only] = chosen.value.length === 1 ? chosen.value : [];
  const shown = takes.find((take) => take.id === (only ?? live.activeTake(node.id)?.id));
  return (
    <section class="panel">
      <h2>
        Takes <span class="dim">{total || ""}</span>
        <span style="flex:1" />
        <button
          type="button"
          class="button small"
          disabled={!pair}
          title={pair ? "Compare two takes; choose which by a click" : "There is only one take"}
          onClick={compare}
        >
          <Columns2 size={14} /> Compare
        </button>
      </h2>
      {total === 0 && (
        <p class="dim">No takes yet. Generate makes the first one; nothing is ever overwritten.</p>
      )}
      <div
        ref={box}
        class="gallery"
        role="listbox"
        aria-label="Takes"
        aria-multiselectable="true"
        onKeyDown={(event) => {
          const to = galleryStep(event.key, { index: at, total, columns: shelf.columns, rows: shelf.rows });
          if (event.key === "c" && pair) compare();
          else if (to !== null) goTo(to);
          else return;
          event.preventDefault();
        }}
      >
        <div class="shelf" role="none" style={{ height: `${shelf.height}px` }}>
          {mounted.map((index) => {
            const take = takes[index];
            return (
              <div key={take?.id ?? index} class="cell" role="none" style={shelf.place(index)}>
                {take && (
                  <TakeCard
                    take={take}
                    place={index + 1}
                    of={total}
                    chosen={chosen.value.includes(take.id)}
                    reached={index === at}
                    reach={reach}
                    toggle={toggle}
                    activate={activate}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {shown && (
        <>
          <div class="row">
            <button
              type="button"
              class="button small"
              disabled={shown.active || !workspace.canReview}
              onClick={() => activate(shown)}
            >
              <Star size={14} /> {shown.active ? "Active" : "Make active"}
            </button>
            <a class="button small" href={shown.file_url} download>
              <Download size={14} /> Download
            </a>
          </div>
          <HowMade take={shown} node={node} />
        </>
      )}
    </section>
  );
}

function pairOf(
  [one, two]: readonly string[],
  active: string | undefined,
  takes: readonly (Take | undefined)[],
): [string, string] | null {
  const first = one ?? active ?? takes[0]?.id;
  const second = two ?? (active !== first ? active : takes.find((take) => take && take.id !== first)?.id);
  return first && second ? [first, second] : null;
}

/** What is mounted: what is in sight, and what has the focus or is to have it. */
function cells(
  { first, last }: { first: number; last: number },
  total: number,
  also: (number | null)[],
): number[] {
  const all = new Set(Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index));
  for (const index of also) if (index !== null && index < total) all.add(index);
  return [...all].sort((a, b) => a - b);
}

import { Columns2, Download, Star } from "lucide-preact";
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import type { Take } from "../../../shared/api/work.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { makeActive } from "../deeds.ts";
import { useWorkspace } from "../workspace.ts";
import { HowMade } from "./how_made.tsx";
import { galleryKeys } from "./gallery_keys.ts";
import { TakeCard } from "./take_card.tsx";

/** The takes of a node: see, choose, compare, go back to. */
export function Gallery({ node }: { node: GeneratingNode }) {
  const workspace = useWorkspace();
  const { live } = workspace;
  const chosen = useMemo(() => signal<string[]>([]), [node.id]);
  const cursor = useMemo(() => signal<string | undefined | null>(undefined), [node.id]);
  const more = async () => {
    const page = await attempt(() =>
      api.takes(workspace.project.value.id, node.id, cursor.value ?? undefined)
    );
    if (!page) return;
    live.addTakes(page.items);
    cursor.value = page.next ?? null;
  };
  useEffect(() => void more(), [node.id]);
  const takes = live.takesOf(node.id);
  const compare = () => workspace.comparing.value = [chosen.value[0]!, chosen.value[1]!];
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
  const [only] = chosen.value.length === 1 ? chosen.value : [];
  const shown = takes.find((take) => take.id === (only ?? live.activeTake(node.id)?.id));
  return (
    <section class="panel">
      <h2>
        Takes <span class="dim">{takes.length || ""}</span>
        <span style="flex:1" />
        <button
          type="button"
          class="button small"
          disabled={chosen.value.length !== 2}
          title="Choose two takes to compare"
          onClick={compare}
        >
          <Columns2 size={14} /> Compare
        </button>
      </h2>
      {takes.length === 0 && (
        <p class="dim">No takes yet. Generate makes the first one; nothing is ever overwritten.</p>
      )}
      <div
        class="gallery"
        role="listbox"
        aria-label="Takes"
        aria-multiselectable="true"
        onKeyDown={(event) => {
          if (event.key === "c" && chosen.value.length === 2) compare();
          else return galleryKeys(event);
          event.preventDefault();
        }}
      >
        {takes.map((take) => (
          <TakeCard
            key={take.id}
            take={take}
            chosen={chosen.value.includes(take.id)}
            reached={take.id === (reached.value ?? takes[0]!.id)}
            reach={reach}
            toggle={toggle}
            activate={activate}
          />
        ))}
      </div>
      {cursor.value && (
        <button type="button" class="button small" onClick={() => void more()}>Older takes</button>
      )}
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

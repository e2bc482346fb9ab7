import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Take } from "../../../shared/api/work.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import type { Workspace } from "../workspace.ts";

/** The takes of a node as far as they were read, and how many there are. Older ones are read page by page, when they are looked at. */
export interface TakeList {
  /** From the newest, without a gap. */
  takes: ReadonlySignal<readonly Take[]>;
  total: ReadonlySignal<number>;
  /** Reads on until the take at this place is here. */
  need(index: number): void;
  /** Reads on until this take is here. */
  find(id: string): void;
}

/** Takes in one answer; more of them when one goes far back at once. */
const PAGE = { few: 60, many: 200 };

const known = new WeakMap<Workspace, Map<string, TakeList>>();

/** The same list for gallery and lightbox, for as long as the film is open. */
export function takeListOf(workspace: Workspace, nodeId: string): TakeList {
  let lists = known.get(workspace);
  if (!lists) known.set(workspace, lists = new Map());
  let list = lists.get(nodeId);
  if (!list) lists.set(nodeId, list = createTakeList(workspace, nodeId));
  return list;
}

function createTakeList({ live, project }: Workspace, nodeId: string): TakeList {
  /** The oldest take of the pages that were read; null before the first, "" when there are no more. */
  const oldest = signal<string | null>(null);
  const takes = computed((): readonly Take[] => {
    const here = live.takesOf(nodeId);
    if (oldest.value !== null) {
      return oldest.value === "" ? here : here.filter((take) => take.id >= oldest.value!);
    }
    // The node's choice may be an old one that is here without those between.
    return here.length >= live.takeCount(nodeId) || !here.at(-1)?.active ? here : here.slice(0, -1);
  });
  const total = computed(() => oldest.value === "" ? takes.value.length : live.takeCount(nodeId));
  let wanted = 0, reading = false;

  async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
      while (takes.peek().length < Math.min(wanted, total.peek()) && oldest.peek() !== "") {
        const limit = wanted - takes.peek().length > PAGE.few ? PAGE.many : PAGE.few;
        const page = await attempt(() =>
          api.takes(project.peek().id, nodeId, {
            limit,
            ...(oldest.peek() ? { cursor: oldest.peek()! } : {}),
          })
        );
        // It was said; looking on asks again.
        if (!page) return;
        live.addTakes(page.items);
        oldest.value = page.next === undefined ? "" : page.items.at(-1)?.id ?? "";
      }
    } finally {
      reading = false;
    }
  }
  const need = (index: number) => {
    wanted = Math.max(wanted, index + 1);
    void read();
  };
  return {
    takes,
    total,
    need,
    find(id) {
      const stop = effect(() => {
        const here = takes.value;
        if (here.some((take) => take.id === id) || here.length >= total.value) queueMicrotask(() => stop());
        else need(here.length);
      });
    },
  };
}

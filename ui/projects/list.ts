import { computed, signal } from "@preact/signals";
import type { Project } from "../../shared/api/project.ts";
import { api } from "../api.ts";
import { countKept } from "../canvas/document/kept.ts";
import { loadMe } from "../people/me.ts";
import { attempt } from "../state/toasts.ts";

/** Null until they have come. */
export const projects = signal<Project[] | null>(null);
export const showArchived = signal(false);
export const sought = signal("");
/** The film whose name is being typed. */
export const renaming = signal<string | null>(null);
/** Changes of this person that the studio does not have yet, by film. */
export const kept = signal<ReadonlyMap<string, number>>(new Map());

/** Pages of 200: more films than one looks through. */
const MOST_PAGES = 25;

/** Those that are called so, what was worked on last first. */
export const found = computed(() => {
  const words = sought.value.toLowerCase().split(/\s+/).filter(Boolean);
  return projects.value?.filter(({ title, slug }) =>
    words.every((word) => title.toLowerCase().includes(word) || slug.toLowerCase().includes(word))
  ).sort((a, b) => workedAt(b).localeCompare(workedAt(a))) ?? null;
});

export function workedAt({ worked_at, updated_at }: Project): string {
  return worked_at && worked_at > updated_at ? worked_at : updated_at;
}

export async function load(): Promise<void> {
  const archived = showArchived.value;
  const all = await attempt(async () => {
    const items: Project[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await api.projects(archived, cursor);
      items.push(...page.items);
      if (!(cursor = page.next)) break;
    }
    return items;
  });
  if (all && archived === showArchived.value) projects.value = all;
  const who = await loadMe().catch(() => null);
  if (who) kept.value = await countKept(who.studio.id, who.id);
}

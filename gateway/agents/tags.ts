import type { AgentRow } from "./mod.ts";

/** All tags of a machine: those that the studio gave it, and those that it was given where it runs. */
export function tagsOf({ tags = [], facts }: Pick<AgentRow, "tags" | "facts">): string[] {
  return [...new Set([...tags, ...facts.tags ?? []])].toSorted();
}

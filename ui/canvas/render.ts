import type { RenderOptions } from "../../shared/jobs/film.ts";
import { api } from "../api.ts";
import { attempt, say } from "../state/toasts.ts";
import type { Workspace } from "./workspace.ts";

/** The selected assembler, or the only one there is; says what to do when it is neither. */
export function assemblerOf(workspace: Workspace): string | null {
  const all = workspace.document.graph.value.nodes.filter((node) => node.type === "assembler");
  const chosen = all.find((node) => workspace.selection.value.has(node.id)) ??
    (all.length === 1 ? all[0] : undefined);
  if (chosen) return chosen.id;
  say(
    all.length === 0
      ? "Add an Assembler and wire the last shot into it first."
      : "Select the Assembler that is meant: there are several.",
  );
  return null;
}

/** Renders the film of an assembler, by default the one that is meant, by default as an MP4. */
export async function renderFilm(
  workspace: Workspace,
  assembler = assemblerOf(workspace),
  options?: RenderOptions,
): Promise<void> {
  if (!assembler) return;
  const answer = await attempt(async () => {
    await workspace.document.sent();
    return api.render(workspace.project.value.id, assembler, options);
  });
  if (answer) say(`${answer.export.name} is in the queue.`);
}

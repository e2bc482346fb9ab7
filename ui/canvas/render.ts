import { api } from "../api.ts";
import { attempt, say } from "../state/toasts.ts";
import type { Workspace } from "./workspace.ts";

/** Renders the selected assembler's film, or the only one there is. */
export async function renderFilm(workspace: Workspace, assembler?: string): Promise<void> {
  const graph = workspace.document.graph.value;
  const all = graph.nodes.filter((node) => node.type === "assembler");
  const chosen = assembler ?? all.find((node) => workspace.selection.value.has(node.id))?.id ??
    (all.length === 1 ? all[0]!.id : undefined);
  if (!chosen) {
    say(
      all.length === 0
        ? "Add an Assembler and wire the last shot into it first."
        : "Select the Assembler to render: there are several.",
    );
    return;
  }
  await workspace.document.flush();
  const answer = await attempt(() => api.render(workspace.project.value.id, chosen));
  if (answer) say(`${answer.export.name} is in the queue.`);
}

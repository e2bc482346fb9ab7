import type { Conform } from "../../../shared/api/work.ts";
import { api } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";
import type { Workspace } from "../workspace.ts";

/** Endings of files that are cut lists. */
export const LISTS = ".edl,.otio,.fcpxml,.xml,.txt,.json";
const LIST = /\.(edl|otio|fcpxml|xml)$/i;

/** Makes an editor's cut the film's own, as one gesture of the person here: undo takes it back, chosen takes too. */
export function applyConform(workspace: Workspace, label: string, told: Conform): boolean {
  const { document: doc, project } = workspace;
  const choose = (takes: (string | null)[]) =>
    void attempt(async () => {
      for (const take of takes) if (take) await api.activate(project.value.id, take);
    });
  const { activate } = told;
  const beside = activate.length
    ? {
      done: () => choose(activate.map((each) => each.take_id)),
      undone: () => choose(activate.map((each) => each.was)),
    }
    : undefined;
  return doc.apply(label, told.operations, beside);
}

/**
 * Takes a cut list that was dropped on the canvas: onto an assembler, or for the only one there is. Nothing is changed; its panel
 * shows what would be. False when no file is a list.
 */
export function dropList(workspace: Workspace, event: DragEvent, onto: string | undefined): boolean {
  const file = [...event.dataTransfer?.files ?? []].find((each) => LIST.test(each.name));
  if (!file) return false;
  event.preventDefault();
  event.stopPropagation();
  if (!workspace.canEdit) {
    say("You are here as a viewer. To change the film, ask the owner of the studio to make you an artist.");
    return true;
  }
  const all = workspace.document.graph.value.nodes.filter((node) => node.type === "assembler");
  const assembler = all.find((node) => node.id === onto) ??
    all.find((node) => node.id === workspace.selectedNode.value) ?? (all.length === 1 ? all[0] : undefined);
  if (!assembler) {
    say(
      all.length
        ? `Drop ${file.name} onto the assembler whose film it is.`
        : `${file.name} is a cut list. Add an assembler for the film first.`,
    );
    return true;
  }
  workspace.selection.value = new Set([assembler.id]);
  workspace.conforming.value = { assembler: assembler.id, file };
  return true;
}

import { say } from "../state/toasts.ts";
import type { CanvasDocument } from "./document/document.ts";

/** The document for somebody who may only look: it follows what others do, and refuses every gesture with the reason. */
export function lookingOnly(document: CanvasDocument): CanvasDocument {
  const refuse = () => {
    say("You are here as a viewer. To change the film, ask the owner of the studio to make you an artist.");
    return false;
  };
  const no = () => Promise.resolve(void refuse());
  return { ...document, apply: refuse, undo: no, redo: no };
}

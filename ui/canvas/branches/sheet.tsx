import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useWorkspace } from "../workspace.ts";

/** A large dialog over the canvas. */
export function Sheet({ label, head, children }: {
  label: string;
  head: ComponentChildren;
  children: ComponentChildren;
}) {
  const { branching } = useWorkspace();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog ref={dialog} class="sheet" aria-label={label} onClose={() => branching.value = null}>
      <header>
        {head}
        <span style="flex:1" />
        <button
          type="button"
          class="button quiet icon"
          aria-label="Close"
          onClick={() => dialog.current!.close()}
        >
          <X size={18} />
        </button>
      </header>
      {children}
    </dialog>
  );
}

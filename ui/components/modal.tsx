import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface ModalProps {
  label: string;
  class?: string;
  onClose: () => void;
  /** A click beside it closes it. */
  light?: boolean;
  onKeyDown?: (event: KeyboardEvent) => void;
  children: ComponentChildren;
}

/** What lies over the page and has the focus until it is closed; then what had it before has it again. */
export function Modal({ label, class: name, onClose, light, onKeyDown, children }: ModalProps) {
  const dialog = useModal();
  return (
    <dialog
      ref={dialog}
      class={name}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // Chromium closes without asking when Escape comes a second time with nothing done in between.
      onClose={onClose}
      onPointerDown={(event) => light && event.target === event.currentTarget && onClose()}
      onKeyDown={onKeyDown}
    >
      {children}
    </dialog>
  );
}

/** Opens a dialog over the page and gives the focus back when it goes, however it goes. */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the browser does anything else: a key that comes at once is the dialog's, and what has the focus now gets it back.
  useLayoutEffect(() => {
    const before = document.activeElement, it = dialog.current!;
    it.showModal();
    return () => {
      // While it is open nothing else can have the focus. That it closes now is no news to whoever closed it.
      it.addEventListener("close", (event) => event.stopImmediatePropagation(), { capture: true });
      it.close();
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) {
        before.focus({ preventScroll: true });
      } else document.getElementById("canvas")?.focus({ preventScroll: true });
    };
  }, []);
  return dialog;
}

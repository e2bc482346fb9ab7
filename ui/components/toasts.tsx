import { X } from "./icons.ts";
import { useLayoutEffect, useRef } from "preact/hooks";
import { dismiss, toasts } from "../state/toasts.ts";

export function Toasts() {
  const list = useRef<HTMLDivElement>(null);
  // Shown anew, it lies over the dialog that was opened last.
  useLayoutEffect(() => {
    list.current?.hidePopover();
    if (toasts.value.length) list.current?.showPopover();
  }, [toasts.value]);
  return (
    <div class="toasts" role="status" aria-live="polite" popover="manual" ref={list}>
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast ${toast.level}`}>
          <p>{toast.sentence}</p>
          {toast.action && (
            <button
              type="button"
              class="button small"
              onClick={() => (toast.action!.run(), dismiss(toast.id))}
            >
              {toast.action.label}
            </button>
          )}
          <button
            type="button"
            class="button quiet icon small"
            aria-label="Dismiss"
            onClick={() => dismiss(toast.id)}
          >
            <X size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}

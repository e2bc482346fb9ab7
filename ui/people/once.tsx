import { Check, Copy } from "lucide-preact";
import { useState } from "preact/hooks";

/** A secret that is shown this once, with Copy. */
export function Once({ label, value, onClose }: { label: string; value: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    // Without a secure address there is no clipboard; the text is selected by a click then.
    await navigator.clipboard?.writeText(value).then(() => setCopied(true), () => {});
  };
  return (
    <div class="once" role="status">
      <b>{label}</b>
      <code class="mono">{value}</code>
      <div class="row">
        <button type="button" class="button small" onClick={() => void copy()}>
          {copied ? <Check size={14} /> : <Copy size={14} />} {copied ? "Copied" : "Copy"}
        </button>
        <button type="button" class="button quiet small" onClick={onClose}>Done</button>
        <span class="dim">It is shown this once.</span>
      </div>
    </div>
  );
}

import { useEffect, useState } from "preact/hooks";

interface TextFieldProps {
  label: string;
  value: string;
  /** Called when the person is done: leaves the field, or Enter in a single line. */
  onCommit: (value: string) => void;
  rows?: number;
  note?: string;
  placeholder?: string;
}

/** A text that is kept as typed and committed as one gesture. Escape takes back what was typed since. */
export function TextField({ label, value, onCommit, rows, note, placeholder }: TextFieldProps) {
  // What is being typed stays, whatever others set meanwhile.
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    if (typed !== null && typed !== value) onCommit(typed);
    setTyped(null);
  };
  const common = {
    class: "input",
    value: typed ?? value,
    placeholder,
    onInput: (event: Event) => setTyped((event.currentTarget as HTMLInputElement).value),
    onBlur: commit,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Escape") {
        setTyped(null);
        (event.currentTarget as HTMLElement).blur();
      }
      if (event.key === "Enter" && (!rows || event.ctrlKey || event.metaKey)) commit();
    },
  };
  return (
    <label class="field">
      <span>
        {label}
        {note && <small>{note}</small>}
      </span>
      {rows ? <textarea rows={rows} {...common} /> : <input type="text" {...common} />}
    </label>
  );
}

interface NumberFieldProps {
  label: string;
  value: number | undefined;
  onCommit: (value: number | null) => void;
  min?: number;
  max?: number;
  step?: number;
  note?: string;
  optional?: boolean;
}

/** A number; committed on leaving or Enter. What is no number within the bounds is not taken. */
export function NumberField({ label, value, onCommit, min, max, step, note, optional }: NumberFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => setTyped(null), [value]);
  const commit = () => {
    if (typed === null) return;
    setTyped(null);
    if (typed.trim() === "" && optional) return onCommit(null);
    const number = Number(typed);
    if (!Number.isFinite(number) || typed.trim() === "") return;
    const bounded = Math.min(max ?? Infinity, Math.max(min ?? -Infinity, number));
    if (bounded !== value) onCommit(bounded);
  };
  return (
    <label class="field">
      <span>
        {label}
        {note && <small class="mono">{note}</small>}
      </span>
      <input
        class="input mono"
        inputMode="decimal"
        value={typed ?? (value === undefined ? "" : String(value))}
        step={step}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
    </label>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";

interface TextFieldProps {
  label: string;
  value: string;
  /** Called when the person is done: leaves the field, or Enter in a single line. False: it was not taken. */
  onCommit: (value: string) => unknown;
  rows?: number | undefined;
  note?: string;
  /** Says how long it is, while it is typed too. */
  counted?: boolean;
  placeholder?: string;
  /** Characters that fit. */
  most?: number;
  /** Names the field among all: what could not be taken is there again when the person comes back to it. */
  draft?: string;
}

/** What was typed and not taken, by the field's name: never thrown away but by Escape. */
const drafts = new Map<string, string>();

/** A text that is kept as typed and committed as one gesture. Escape takes back what was typed since. */
export function TextField(
  { label, value, onCommit, rows, note, counted, placeholder, most = Infinity, draft }: TextFieldProps,
) {
  // What is being typed stays, whatever others set meanwhile.
  const [typed, setTyped] = useState<string | null>(draft === undefined ? null : drafts.get(draft) ?? null);
  const escaped = useRef(false);
  const over = typed !== null && typed.length > most;
  const hold = (text: string | null) => {
    if (draft !== undefined) text === null ? drafts.delete(draft) : drafts.set(draft, text);
    setTyped(text);
  };
  const commit = () => {
    // Leaving by Escape is a leaving, too.
    if (escaped.current) return escaped.current = false;
    if (typed === null) return;
    if (over) return hold(typed);
    hold(typed !== value && onCommit(typed) === false ? typed : null);
  };
  const common = {
    class: "input",
    dir: "auto" as const,
    value: typed ?? value,
    placeholder,
    "aria-invalid": over,
    onInput: (event: Event) => setTyped((event.currentTarget as HTMLInputElement).value),
    onBlur: commit,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Escape") {
        hold(null);
        escaped.current = true;
        (event.currentTarget as HTMLElement).blur();
        escaped.current = false;
      }
      if (event.key === "Enter" && (!rows || event.ctrlKey || event.metaKey)) commit();
    },
  };
  return (
    <label class="field">
      <span>
        {label}
        {note && <small>{note}</small>}
        {counted && <small class="mono">{(typed ?? value).length || ""}</small>}
      </span>
      {rows ? <textarea rows={rows} {...common} /> : <input type="text" {...common} />}
      {over && (
        <small class="broken-text" role="alert">
          {typed.length.toLocaleString("en")} characters; {most.toLocaleString("en")}{" "}
          fit. Shorten it to keep it; Escape throws it away.
        </small>
      )}
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

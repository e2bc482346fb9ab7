import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Choice {
  id: string;
  label: string;
  /** Beside it, small. */
  hint?: string;
  /** Other words that find it. */
  words?: string;
  /** The kind of node that its mark has the colour of. */
  kind?: string;
  run: () => void;
}

interface ChoicesProps {
  label: string;
  placeholder: string;
  none: string;
  choices: readonly Choice[];
  /** Ids that come first while nothing is typed: what was chosen last. */
  recent?: readonly string[];
}

const MOST = 40;

/** A list that is narrowed by typing and chosen from with arrows and Enter; the focus stays in the field. */
export function Choices({ label, placeholder, none, choices, recent = [] }: ChoicesProps) {
  const list = useId();
  const chosen = useRef<HTMLLIElement>(null);
  const field = useRef<HTMLInputElement>(null);
  // A dialog gives the focus by itself, once it knows who had it; what opens without one takes it before the next key comes.
  useLayoutEffect(() => {
    if (!field.current!.closest("dialog")) field.current!.focus();
  }, []);
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  useEffect(() => chosen.current?.scrollIntoView({ block: "nearest" }), [index]);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const place = ({ id }: Choice) => recent.includes(id) ? recent.indexOf(id) : recent.length;
  const ordered = words.length ? choices : choices.toSorted((a, b) => place(a) - place(b));
  const found = ordered.filter((each) =>
    words.every((word) => `${each.label} ${each.words ?? ""}`.toLowerCase().includes(word))
  )
    .slice(0, MOST);
  const step = (by: number) => setIndex((index + by + found.length) % Math.max(1, found.length));
  return (
    <>
      <input
        class="input"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found[index] ? `${list}-${index}` : undefined}
        aria-autocomplete="list"
        aria-label={label}
        placeholder={placeholder}
        ref={field}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setIndex(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") step(1);
          else if (event.key === "ArrowUp") step(-1);
          else if (event.key === "Enter") found[index]?.run();
          else return;
          event.preventDefault();
        }}
      />
      <ul role="listbox" id={list} aria-label={label}>
        {found.map((each, position) => (
          <li
            key={each.id}
            id={`${list}-${position}`}
            ref={position === index ? chosen : undefined}
            role="option"
            aria-selected={position === index}
            class="palette-entry"
            data-type={each.kind}
            onClick={each.run}
          >
            {each.kind && <i class="mark" />}
            {each.label}
            {each.hint && <small class="mono">{each.hint}</small>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="dim" style="padding:8px" role="status">{none}</p>}
    </>
  );
}

import type { ComponentChildren } from "preact";

interface OwnRowProps {
  name: ComponentChildren;
  /** What the name comes from, where that says more. */
  title?: string;
  /** What there is to say of it, a cell each. */
  about: string[];
  act: string;
  onAct: () => void;
}

/** A session, a token, a passkey, an account of one's own, and the way to be rid of it. */
export function OwnRow({ name, title, about, act, onAct }: OwnRowProps) {
  return (
    <tr>
      <td title={title}>{name}</td>
      {about.map((each, index) => <td key={index} class="dim">{each}</td>)}
      <td class="acts">
        <button type="button" class="button quiet small" onClick={onAct}>{act}</button>
      </td>
    </tr>
  );
}

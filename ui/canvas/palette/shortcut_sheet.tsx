import { X } from "lucide-preact";
import { Modal } from "../../components/modal.tsx";
import { type Action, ACTIONS } from "../actions.ts";
import { useWorkspace } from "../workspace.ts";
import { keyText } from "./key_text.ts";

/** What stands in the table once for each arrow. */
const ARROWS: readonly (readonly [string, string])[] = [
  ["← →", "Back and on along the wire"],
  ["↑ ↓", "To what lies above and below"],
  ["Shift+arrow", "Select the next one, too"],
  ["Alt+arrow", "Move what is selected"],
];

/** Keys that a part of the studio has for itself while it is open. */
const ELSEWHERE: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Takes of a node",
    keys: [
      ["← → ↑ ↓", "Another take"],
      ["Enter", "Choose it, to compare or to see how it was made"],
      ["A", "Make it the active one"],
      ["C", "Compare the two that are chosen"],
    ],
  },
  {
    title: "Mask",
    keys: [
      ["B, E, X", "Brush, eraser, the other of the two"],
      ["[ ]", "Smaller, larger"],
      ["F, Shift+F", "Everything changes, nothing does"],
      ["I", "White for black"],
      ["← → ↑ ↓", "Move the brush; with Shift, paint"],
      ["Enter", "Paint where the brush is"],
      ["Ctrl+S", "Save the mask"],
    ],
  },
  {
    title: "Preview",
    keys: [["Space", "Play or pause"], ["J, K, L", "A second back, pause, play"], [
      "← →",
      "A frame back or on",
    ]],
  },
];

/** All keys on one sheet (?), from the table that they run from. */
export function ShortcutSheet() {
  const workspace = useWorkspace();
  const close = () => workspace.shortcuts.value = false;
  const withKeys = ACTIONS.filter((action) =>
    action.keys?.length && !/^(go|extend|move)_/.test(action.id) && (action.looks || workspace.canEdit)
  );
  return (
    <Modal class="sheet" label="Keys" light onClose={close}>
      <header>
        <h2>Keys</h2>
        <button type="button" class="button quiet icon" aria-label="Close" onClick={close}>
          <X size={18} />
        </button>
      </header>
      <div class="columns">
        <Keys
          title="The canvas"
          rows={[...ARROWS, ...withKeys.filter((action) => action.where === "canvas").map(rowOf)]}
        />
        <Keys title="Everywhere" rows={withKeys.filter((action) => action.where !== "canvas").map(rowOf)} />
        {ELSEWHERE.map((part) => <Keys key={part.title} title={part.title} rows={part.keys} />)}
      </div>
    </Modal>
  );
}

function rowOf(action: Action): readonly [string, string] {
  return [
    action.keys!.filter((key) => key !== "Shift+?").map((key) => keyText(key)).join(" or "),
    action.label,
  ];
}

function Keys({ title, rows }: { title: string; rows: readonly (readonly [string, string])[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {rows.map(([keys, label]) => (
          <div key={label}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

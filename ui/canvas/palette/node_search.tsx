import { useEffect, useState } from "preact/hooks";
import { PORTS } from "../../../shared/canvas/ports.ts";
import { ADDABLE, type Addable, kindOf } from "../catalogue.ts";
import { addNode } from "../actions.ts";
import { focusCanvas } from "../keyboard/parts.ts";
import { type SearchAt, useWorkspace, type Workspace } from "../workspace.ts";

/** Type to add: opened by Tab, a double click, or a wire dropped on empty canvas (then only what fits is offered). */
export function NodeSearch() {
  const workspace = useWorkspace();
  const at = workspace.search.value;
  return at ? <Search key={`${at.screen.x},${at.screen.y}`} at={at} /> : null;
}

function Search({ at }: { at: SearchAt }) {
  const workspace = useWorkspace();
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const close = () => {
    workspace.search.value = null;
    focusCanvas();
  };
  useEffect(() => setIndex(0), [text]);
  useEffect(() => {
    // Its own opening click must not close it.
    const outside = (event: PointerEvent) => !(event.target as HTMLElement).closest(".search") && close();
    const timer = setTimeout(() => addEventListener("pointerdown", outside), 0);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerdown", outside);
    };
  }, []);
  const found = offers(workspace, at).filter((each) =>
    `${each.title} ${each.keywords}`.toLowerCase().includes(text.toLowerCase().trim())
  );
  const choose = (each: Addable | undefined) => {
    if (!each) return;
    addNode(workspace, each.type, at);
    close();
  };
  return (
    <div class="search" style={{ left: `${at.screen.x}px`, top: `${at.screen.y}px` }}>
      <input
        class="input"
        placeholder="Add a node"
        aria-label="Add a node"
        autofocus
        ref={(input) => input?.focus()}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
          else if (event.key === "ArrowDown") setIndex((index + 1) % Math.max(1, found.length));
          else if (event.key === "ArrowUp") setIndex((index + found.length - 1) % Math.max(1, found.length));
          else if (event.key === "Enter") choose(found[index]);
          else return;
          event.preventDefault();
        }}
      />
      <ul role="listbox">
        {found.map((each, position) => (
          <li key={each.type} role="option" aria-selected={position === index}>
            <button
              type="button"
              class="palette-entry"
              data-type={kindOf(each.type)}
              onClick={() => choose(each)}
            >
              <i class="mark" />
              {each.title}
              <small>{each.hint}</small>
            </button>
          </li>
        ))}
        {found.length === 0 && <li class="dim" style="padding:8px">Nothing is called that.</li>}
      </ul>
    </div>
  );
}

/** All that can be added; with a dragged wire, what has a port for it. */
function offers(workspace: Workspace, at: SearchAt): Addable[] {
  if (!at.from) return [...ADDABLE];
  const node = workspace.document.node(at.from.node).value;
  if (!node) return [];
  if (at.from.kind === "source") {
    const type = PORTS[node.type].outputs.find((port) => port.name === at.from!.port)?.type;
    return ADDABLE.filter((each) =>
      PORTS[each.type].inputs.some((port) => type && port.accepts.includes(type))
    );
  }
  const accepts = PORTS[node.type].inputs.find((port) => port.name === at.from!.port)?.accepts ?? [];
  return ADDABLE.filter((each) => PORTS[each.type].outputs.some((port) => accepts.includes(port.type)));
}

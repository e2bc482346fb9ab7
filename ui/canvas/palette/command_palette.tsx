import { useEffect, useState } from "preact/hooks";
import { type Action, ACTIONS } from "../actions.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";

/** Everything that can be done, by its name (Ctrl+K). From the same table as keys and buttons. */
export function CommandPalette() {
  const workspace = useWorkspace();
  return workspace.palette.value ? <Palette /> : null;
}

function Palette() {
  const workspace = useWorkspace();
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const close = () => workspace.palette.value = false;
  useEffect(() => setIndex(0), [text]);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [
    ...ACTIONS.filter((action) => action.id !== "palette" && (action.when?.(workspace) ?? true)).map(
      fromAction,
    ),
    ...workspace.document.graph.value.nodes.map((node) => ({
      id: node.id,
      label: `Go to ${node.title}`,
      keys: "",
      run: () => goTo(workspace, node.id),
    })),
  ].filter((each) => words.every((word) => each.label.toLowerCase().includes(word))).slice(0, 40);
  function fromAction(action: Action) {
    return {
      id: action.id,
      label: action.label,
      keys: action.keys?.[0] ?? "",
      run: () => action.run(workspace),
    };
  }
  const choose = (each: (typeof found)[number] | undefined) => {
    if (!each) return;
    close();
    each.run();
  };
  return (
    <div class="veil" onPointerDown={(event) => event.target === event.currentTarget && close()}>
      <div class="search wide" role="dialog" aria-label="Commands">
        <input
          class="input"
          placeholder="What do you want to do?"
          aria-label="Command"
          ref={(input) => input?.focus()}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
            else if (event.key === "ArrowDown") setIndex((index + 1) % Math.max(1, found.length));
            else if (event.key === "ArrowUp") {
              setIndex((index + found.length - 1) % Math.max(1, found.length));
            } else if (event.key === "Enter") choose(found[index]);
            else return;
            event.preventDefault();
          }}
        />
        <ul role="listbox">
          {found.map((each, position) => (
            <li key={each.id} role="option" aria-selected={position === index}>
              <button type="button" class="palette-entry" onClick={() => choose(each)}>
                {each.label}
                <small class="mono">{each.keys.replace("Mod", "Ctrl")}</small>
              </button>
            </li>
          ))}
          {found.length === 0 && <li class="dim" style="padding:8px">Nothing is called that.</li>}
        </ul>
      </div>
    </div>
  );
}

import { useEffect } from "preact/hooks";
import { PORTS } from "../../../shared/canvas/ports.ts";
import { ADDABLE, type Addable, kindOf } from "../catalogue.ts";
import { addNode } from "../actions.ts";
import { focusCanvas } from "../keyboard/parts.ts";
import { Choices } from "./choices.tsx";
import { type SearchAt, useWorkspace, type Workspace } from "../workspace.ts";

/** Type to add: opened by Tab, a double click, or a wire dropped on empty canvas (then only what fits is offered). */
export function NodeSearch() {
  const workspace = useWorkspace();
  const at = workspace.search.value;
  return at ? <Search key={`${at.screen.x},${at.screen.y}`} at={at} /> : null;
}

function Search({ at }: { at: SearchAt }) {
  const workspace = useWorkspace();
  const close = () => {
    workspace.search.value = null;
    focusCanvas();
  };
  useEffect(() => {
    // Its own opening click must not close it.
    const outside = (event: PointerEvent) => !(event.target as HTMLElement).closest(".search") && close();
    const timer = setTimeout(() => addEventListener("pointerdown", outside), 0);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerdown", outside);
    };
  }, []);
  return (
    <div
      class="search"
      style={{ left: `${at.screen.x}px`, top: `${at.screen.y}px` }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
      }}
    >
      <Choices
        label="Add a node"
        placeholder="Add a node"
        none="Nothing is called that."
        recent={recent()}
        choices={offers(workspace, at).map((each) => ({
          id: each.type,
          label: each.title,
          hint: each.hint,
          words: each.keywords,
          kind: kindOf(each.type),
          run: () => {
            remember(each.type);
            addNode(workspace, each.type, at);
            close();
          },
        }))}
      />
    </div>
  );
}

const RECENT = "recent-nodes";
const MOST_RECENT = 3;

/** Kinds of node that were added last on this computer, the newest first. */
function recent(): string[] {
  return localStorage.getItem(RECENT)?.split(" ") ?? [];
}

function remember(type: string): void {
  localStorage.setItem(
    RECENT,
    [type, ...recent().filter((each) => each !== type)].slice(0, MOST_RECENT).join(" "),
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

import { ADDABLE, kindOf } from "../catalogue.ts";
import { addNode } from "../actions.ts";
import { useWorkspace } from "../workspace.ts";
import { beside } from "./beside.ts";

/** What can be added: drag it in, or click to add it in the middle of things. */
export function Palette() {
  const workspace = useWorkspace();
  return (
    <>
      {(["Generate", "Film", "Around"] as const).map((section) => (
        <section key={section}>
          <h2>{section}</h2>
          {ADDABLE.filter((each) => each.section === section).map((each) => (
            <button
              type="button"
              key={each.type}
              class="palette-entry"
              data-type={kindOf(each.type)}
              draggable
              onDragStart={(event) => event.dataTransfer?.setData("application/x-studio-node", each.type)}
              onClick={() =>
                addNode(workspace, each.type, { screen: { x: 0, y: 0 }, position: beside(workspace) })}
            >
              <i class="mark" />
              {each.title}
              <small>{each.hint}</small>
            </button>
          ))}
        </section>
      ))}
    </>
  );
}

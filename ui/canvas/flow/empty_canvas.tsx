import { addNode } from "../actions.ts";
import { focusSoon } from "../keyboard/parts.ts";
import { goUp } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";

/** What to do first where nothing lies yet. */
export function EmptyCanvas() {
  const workspace = useWorkspace();
  const group = workspace.levels.path.value.at(-1);
  const at = { screen: { x: 0, y: 0 }, position: { x: 0, y: 0 } };
  return (
    <div class="empty" style="position:absolute;inset:0;pointer-events:none">
      {group
        ? (
          <>
            <h2>Nothing lies in {group.title}</h2>
            <p>What you add here belongs to the group. Tab or a double click adds anything.</p>
            <button
              type="button"
              class="button"
              style="pointer-events:auto"
              onClick={() => goUp(workspace)}
            >
              Go up
            </button>
          </>
        )
        : (
          <>
            <h2>An empty canvas</h2>
            <p>
              A film is a chain of shots that ends in an Assembler. Add a shot, write what it shows, press
              Generate.
            </p>
            <button
              type="button"
              class="button primary"
              style="pointer-events:auto"
              onClick={() => {
                addNode(workspace, "shot", at);
                workspace.look.value = "all";
                // What it shows is what comes next.
                focusSoon("aside.right", "textarea");
              }}
            >
              Add the first shot
            </button>
            <p class="dim">Tab or a double click adds anything.</p>
          </>
        )}
    </div>
  );
}

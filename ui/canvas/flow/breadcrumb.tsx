import { ChevronRight, CornerLeftUp } from "../../components/icons.ts";
import { goToLevel, goUp } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";

/** Where one is inside of groups, and the way up: the film › a group › a group in it. */
export function Breadcrumb() {
  const workspace = useWorkspace();
  const { levels, project } = workspace;
  const path = levels.path.value;
  if (path.length === 0) return null;
  return (
    <nav class="breadcrumb" aria-label="Where you are">
      <button
        type="button"
        class="button quiet icon small"
        title="Go up, out of the group (U or Escape)"
        onClick={() => goUp(workspace)}
      >
        <CornerLeftUp size={15} />
      </button>
      <ol>
        <li>
          <button type="button" title={project.value.title} onClick={() => goToLevel(workspace, null)}>
            {project.value.title}
          </button>
        </li>
        {path.map((group, index) => (
          <li key={group.id}>
            <ChevronRight size={13} aria-hidden="true" />
            {index === path.length - 1
              ? <b aria-current="location" title={group.title}>{group.title}</b>
              : (
                <button type="button" title={group.title} onClick={() => goToLevel(workspace, group.id)}>
                  {group.title}
                </button>
              )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

import { shotsOf } from "../../../shared/canvas/chain.ts";
import { runAction } from "../actions.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";

/** With nothing selected: what the film wants next, from the first take to the finished film. */
export function NextStep() {
  const workspace = useWorkspace();
  const { document: doc, live, stale } = workspace;
  const { nodes } = doc.graph.value;
  const wanting = stale.wanting().length;
  const open = [...live.jobs.value.values()].filter((job) =>
    ["queued", "leased", "blocked"].includes(job.state)
  );
  const film = nodes.find((node) => node.type === "assembler");
  const shots = film ? shotsOf(doc.graph.value, film.id) : [];
  const ready = shots.filter((shot) => live.activeTake(shot.id)).length;
  const rendered = live.exports.value.size > 0;
  const can = workspace.canEdit;
  return (
    <div class="empty" style="height:100%">
      {can && wanting > 0 && (
        <>
          <h2>{wanting === 1 ? "One node waits for its take" : `${wanting} nodes wait for their takes`}</h2>
          <button type="button" class="button primary" onClick={() => runAction(workspace, "generate_stale")}>
            {wanting === 1 ? "Generate it" : `Generate all ${wanting}`}
          </button>
        </>
      )}
      {open.length > 0 && (
        <p role="status">
          {open.length === 1 ? "One job is" : `${open.length} jobs are`}{" "}
          on the way; the queue below says how far.
        </p>
      )}
      {shots.length > 0 && ready > 0 && wanting === 0 && open.length === 0 && (
        <>
          <h2>
            {ready === shots.length
              ? "The film can be played"
              : `${ready} of ${shots.length} shots can be played`}
          </h2>
          <div class="offers">
            <button type="button" class="button primary" onClick={() => runAction(workspace, "preview")}>
              Preview
            </button>
            {can && (
              <button type="button" class="button" onClick={() => runAction(workspace, "render")}>
                {rendered ? "Render again" : "Render film"}
              </button>
            )}
          </div>
          {rendered && film && (
            <button
              type="button"
              class="button quiet"
              onClick={() => showFilm(workspace, film.id)}
            >
              Show the finished film
            </button>
          )}
        </>
      )}
      <p class="dim">
        {nodes.length === 0
          ? "Add a shot to begin."
          : "Select a node to write its prompt, generate takes and choose between them."}
      </p>
    </div>
  );
}

/** The finished film lies below what makes it. */
function showFilm(workspace: Workspace, assembler: string): void {
  workspace.selection.value = new Set([assembler]);
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      document.querySelector(".right video.player")?.scrollIntoView({ block: "nearest" })
    )
  );
}

import { Download } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { shotsOf } from "../../../shared/canvas/chain.ts";
import { durationText } from "../../state/words.ts";
import { renderFilm } from "../render.ts";
import { usedFrames } from "../sequence.ts";
import { useWorkspace } from "../workspace.ts";
import { NodeStatus } from "../flow/node_status.tsx";

export function AssemblerPanel({ node }: { node: NodeOf<"assembler"> }) {
  const workspace = useWorkspace();
  const { document: doc, live } = workspace;
  const fps = workspace.project.value.fps;
  const shots = shotsOf(doc.graph.value, node.id);
  const total = shots.reduce((sum, shot) => sum + usedFrames(shot), 0);
  const films = [...live.exports.value.values()].filter((each) => each.oid).sort((a, b) =>
    a.id < b.id ? 1 : -1
  );
  const newest = films[0];
  return (
    <>
      <section class="panel">
        <h2>
          Sequence <span class="mono dim">{durationText(total, fps)}</span>
        </h2>
        {shots.length === 0 && <p class="dim">Wire shots into a chain, and the last one into this node.</p>}
        {shots.map((shot, index) => (
          <button
            type="button"
            key={shot.id}
            class="palette-entry"
            data-type="shot"
            onClick={() => workspace.selection.value = new Set([shot.id])}
          >
            <span class="mono dim">{index + 1}</span>
            {shot.title}
            <small class={`mono ${live.activeTake(shot.id) ? "" : "attention-text"}`}>
              {live.activeTake(shot.id) ? durationText(usedFrames(shot), fps) : "no take"}
            </small>
          </button>
        ))}
        <button
          type="button"
          class="button primary"
          disabled={shots.length === 0}
          onClick={() => void renderFilm(workspace, node.id)}
        >
          Render film
        </button>
        <NodeStatus id={node.id} bare />
      </section>
      <section class="panel">
        <h2>Films</h2>
        {!newest && <p class="dim">Nothing is rendered yet.</p>}
        {newest && <video class="player" controls src={newest.film_url} key={newest.id} />}
        {films.slice(0, 10).map((film) => (
          <div key={film.id} class="row" style="align-items:center">
            <span style="flex:1">
              {film.name} <span class="mono dim">{durationText(film.frames, fps)}</span>
            </span>
            <a class="button small" href={film.film_url} download>
              <Download size={14} /> Film
            </a>
            <a class="button small" href={film.edl_url} download>EDL</a>
          </div>
        ))}
      </section>
    </>
  );
}

import { Download } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { shotsOf } from "../../../shared/canvas/chain.ts";
import { durationText } from "../../state/words.ts";
import { usedFrames } from "../sequence.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";
import { NodeStatus } from "../flow/node_status.tsx";
import { ConformPanel } from "./conform.tsx";
import { CutLists } from "./cut_lists.tsx";
import type { SetFields } from "./inspector.tsx";
import { RenderPanel } from "./render_panel.tsx";

export function AssemblerPanel({ node, set }: { node: NodeOf<"assembler">; set: SetFields }) {
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
            onClick={() => goTo(workspace, shot.id)}
          >
            <span class="mono dim">{index + 1}</span>
            {shot.title}
            <small class={`mono ${live.activeTake(shot.id) ? "" : "attention-text"}`}>
              {live.activeTake(shot.id) ? durationText(usedFrames(shot), fps) : "no take"}
            </small>
          </button>
        ))}
        <RenderPanel node={node} set={set} disabled={shots.length === 0} />
        <NodeStatus id={node.id} bare />
      </section>
      <section class="panel">
        <h2>Cut list</h2>
        <CutLists
          base={`/api/projects/${workspace.project.value.id}/assemblers/${node.id}`}
          disabled={shots.length === 0}
        />
        <ConformPanel key={node.id} assembler={node.id} />
      </section>
      <section class="panel">
        <h2>Films</h2>
        {!newest && <p class="dim">Nothing is rendered yet.</p>}
        {newest && (
          <video
            class="player"
            controls
            src={newest.proxy_url ?? newest.film_url}
            key={newest.id}
          />
        )}
        {films.slice(0, 10).map((film) => (
          <div key={film.id} class="row" style="align-items:center">
            <span style="flex:1">
              {film.name} <span class="mono dim">{durationText(film.frames, fps)}</span>
            </span>
            <a class="button small" href={film.film_url} download>
              <Download size={14} /> Film
            </a>
            <a class="button small" href={film.edl_url} download>EDL</a>
            <a class="button small" href={film.edl_url.replace(/edl$/, "otio")} download>OTIO</a>
          </div>
        ))}
      </section>
    </>
  );
}

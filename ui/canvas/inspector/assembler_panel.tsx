import { Download } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { shotsOf, wiredShotsOf } from "../../../shared/canvas/chain.ts";
import { durationText } from "../../state/words.ts";
import { filmFrames } from "../sequence.ts";
import { useWorkspace } from "../workspace.ts";
import { FailedJob } from "../diagnostics/failed_job.tsx";
import { NodeStatus } from "../flow/node_status.tsx";
import { ConformPanel } from "./conform.tsx";
import { CutLists } from "./cut_lists.tsx";
import { FilmPlayer } from "./film_player.tsx";
import type { SetFields } from "./node_panel.tsx";
import { Sequence } from "./sequence.tsx";
import { Tracks } from "./tracks.tsx";
import { RenderPanel } from "./render_panel.tsx";

export function AssemblerPanel({ node, set }: { node: NodeOf<"assembler">; set: SetFields }) {
  const workspace = useWorkspace();
  const { document: doc, live } = workspace;
  const fps = workspace.project.value.fps;
  const shots = shotsOf(doc.graph.value, node.id);
  const wired = wiredShotsOf(doc.graph.value, node.id);
  const total = filmFrames(shots, node);
  const films = [...live.exports.value.values()]
    .filter((each) => each.oid && (each.branch ?? MAIN) === workspace.branch)
    .sort((a, b) => a.id < b.id ? 1 : -1);
  const newest = films[0];
  return (
    <>
      <section class="panel">
        <h2>
          Sequence <span class="mono dim">{durationText(total, fps)}</span>
        </h2>
        {wired.length === 0 && <p class="dim">Wire shots into a chain, and the last one into this node.</p>}
        <Sequence shots={wired} film={node} set={set} />
        <RenderPanel node={node} set={set} disabled={shots.length === 0} />
        <NodeStatus id={node.id} bare />
        <FailedJob id={node.id} />
      </section>
      <section class="panel">
        <h2>Films</h2>
        {!newest && <p class="dim">Nothing is rendered yet.</p>}
        {newest && <FilmPlayer key={newest.id} film={newest} />}
        {films.slice(0, 10).map((film) => (
          <div key={film.id} class="row" style="align-items:center;flex-wrap:wrap">
            <span style="flex:1">
              {film.name} <span class="mono dim">{durationText(film.frames, fps)}</span>
            </span>
            <a class="button small" href={film.film_url} download>
              <Download size={14} /> Film
            </a>
            <a class="button small" href={film.edl_url} download>EDL</a>
            <a class="button small" href={film.edl_url.replace(/edl$/, "otio")} download>OTIO</a>
            <a class="button small" href={film.edl_url.replace(/edl$/, "fcpxml")} download>FCPXML</a>
          </div>
        ))}
      </section>
      <Tracks node={node} set={set} total={total} />
      <section class="panel">
        <h2>Cut list</h2>
        <CutLists
          project={workspace.project.value.id}
          assembler={node.id}
          version={doc.graph.value}
          disabled={shots.length === 0}
        />
        <ConformPanel key={node.id} assembler={node.id} />
      </section>
    </>
  );
}

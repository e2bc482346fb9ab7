import { X } from "lucide-preact";
import { useState } from "preact/hooks";
import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { SourceField } from "../assets/source_field.tsx";
import { generate } from "../generating.ts";
import { FailedJob } from "../diagnostics/failed_job.tsx";
import { NodeStatus } from "../flow/node_status.tsx";
import { MaskField } from "../mask/mask_field.tsx";
import { canPay, Pay, type Payer } from "../fleet/pay.tsx";
import { WhereItRuns } from "../fleet/where_it_runs.tsx";
import { Gallery } from "../takes/gallery.tsx";
import { useWorkspace } from "../workspace.ts";
import { CutFields } from "./cut_fields.tsx";
import type { SetFields } from "./node_panel.tsx";
import { NodeField } from "./node_field.tsx";
import { AboutRunner, RunnerForm } from "./runner_form.tsx";
import { TrimStrip } from "./trim_strip.tsx";

export function GeneratePanel({ node, set }: { node: GeneratingNode; set: SetFields }) {
  const workspace = useWorkspace();
  const [takes, setTakes] = useState(1);
  const [payer, setPayer] = useState<Payer | null>(null);
  const jobs = workspace.live.jobsOf(node.id);
  // What was chosen before it could not be had any more is not asked for, as nothing shows it.
  const pays = canPay(workspace.project.value, node) ? payer : null;
  return (
    <>
      <fieldset class="panel" disabled={!workspace.canEdit}>
        <NodeField node={node} field="prompt" />
        <details open={node.negative_prompt !== ""}>
          <summary>Keep out of the picture</summary>
          <NodeField node={node} field="negative_prompt" />
        </details>
        <div class="row making">
          <NodeField node={node} field="seed" />
          {node.type === "shot" && (
            <div class="short">
              <NodeField node={node} field="duration" />
            </div>
          )}
        </div>
        {node.type === "generate_image" && (
          <div class="row">
            <NodeField node={node} field="width" />
            <NodeField node={node} field="height" />
          </div>
        )}
        <SourceField node={node} />
        {node.type === "edit_image" && <MaskField node={node} set={set} />}
        <RunnerForm node={node} set={set} />
        {workspace.canEdit && <Pay node={node} payer={payer} onChange={setPayer} />}
        {workspace.canEdit && (
          <div class="row">
            <button
              type="button"
              class="button primary"
              style="flex:1"
              onClick={() => void generate(workspace, node.id, takes, false, pays)}
            >
              Generate
            </button>
            <select
              class="input"
              style="width:72px"
              aria-label="Takes at once"
              value={String(takes)}
              onChange={(event) => setTakes(Number(event.currentTarget.value))}
            >
              {[1, 2, 4, 8].map((count) => <option key={count} value={String(count)}>× {count}</option>)}
            </select>
          </div>
        )}
        <div class="at-work">
          <div>
            <NodeStatus id={node.id} bare />
          </div>
          {jobs.some((job) => job.state !== "failed") && (
            <button
              type="button"
              class="button small"
              onClick={() => void Promise.all(jobs.map((job) => attempt(() => api.cancel(job.id))))}
            >
              <X size={14} /> Cancel
            </button>
          )}
        </div>
        <FailedJob id={node.id} />
      </fieldset>
      <Gallery node={node} />
      {node.type === "shot" && (
        <fieldset class="panel" disabled={!workspace.canEdit}>
          <TrimStrip node={node} set={set} />
          <div class="row">
            <NodeField node={node} field="trim_in" />
            <NodeField node={node} field="trim_out" />
          </div>
          <CutFields node={node} set={set} />
        </fieldset>
      )}
      <fieldset class="panel" disabled={!workspace.canEdit}>
        <AboutRunner node={node} />
        <WhereItRuns node={node} set={set} />
      </fieldset>
    </>
  );
}

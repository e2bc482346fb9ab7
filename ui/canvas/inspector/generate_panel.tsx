import { Dices, Lock, LockOpen, RotateCcw, X } from "lucide-preact";
import { useState } from "preact/hooks";
import { type GeneratingNode, TEXT_LIMIT } from "../../../shared/canvas/graph.ts";
import { api } from "../../api.ts";
import { NumberField, TextField } from "../../components/text_field.tsx";
import { attempt } from "../../state/toasts.ts";
import { durationText } from "../../state/words.ts";
import { SourceField } from "../assets/source_field.tsx";
import { generate } from "../actions.ts";
import { NodeStatus } from "../flow/node_status.tsx";
import { MaskField } from "../mask/mask_field.tsx";
import { Gallery } from "../takes/gallery.tsx";
import { useWorkspace } from "../workspace.ts";
import { CutFields } from "./cut_fields.tsx";
import type { SetFields } from "./inspector.tsx";
import { RunnerForm } from "./runner_form.tsx";

export function GeneratePanel({ node, set }: { node: GeneratingNode; set: SetFields }) {
  const workspace = useWorkspace();
  const [takes, setTakes] = useState(1);
  const fps = workspace.project.value.fps;
  const jobs = workspace.live.jobsOf(node.id);
  const failed = jobs.find((job) => job.state === "failed");
  const dice = () => set("New seed", { seed: crypto.getRandomValues(new Uint32Array(1))[0] });
  return (
    <>
      <fieldset class="panel" disabled={!workspace.canEdit}>
        <TextField
          label="Prompt"
          draft={`${node.id} prompt`}
          most={TEXT_LIMIT}
          note={String(node.prompt.length)}
          rows={5}
          value={node.prompt}
          placeholder="What the shot shows"
          onCommit={(prompt) => set("Write the prompt", { prompt })}
        />
        <TextField
          label="Keep out"
          draft={`${node.id} keep out`}
          most={TEXT_LIMIT}
          rows={2}
          value={node.negative_prompt}
          onCommit={(negative_prompt) => set("Write what to keep out", { negative_prompt })}
        />
        <div class="row">
          <NumberField
            label="Seed"
            value={node.seed}
            min={0}
            max={Number.MAX_SAFE_INTEGER}
            note={node.seed_locked ? "locked" : "new for each take"}
            onCommit={(seed) => set("Set the seed", { seed: Math.round(seed ?? 0) })}
          />
          <div class="seed">
            <button type="button" class="button icon" title="New seed" onClick={dice}>
              <Dices size={16} />
            </button>
            <button
              type="button"
              class="button icon"
              title={node.seed_locked ? "Unlock the seed" : "Lock the seed"}
              aria-pressed={node.seed_locked}
              onClick={() =>
                set(node.seed_locked ? "Unlock the seed" : "Lock the seed", {
                  seed_locked: !node.seed_locked,
                })}
            >
              {node.seed_locked ? <Lock size={16} /> : <LockOpen size={16} />}
            </button>
          </div>
        </div>
        {node.type === "shot"
          ? (
            <div class="row">
              <NumberField
                label="Duration"
                value={node.duration}
                min={1}
                max={100_000}
                note={durationText(node.duration, fps)}
                onCommit={(duration) => set("Set the duration", { duration: Math.round(duration ?? 1) })}
              />
              <NumberField
                label="In"
                value={node.trim_in}
                min={0}
                max={(node.trim_out ?? node.duration) - 1}
                onCommit={(trim) => set("Trim the beginning", { trim_in: Math.round(trim ?? 0) })}
              />
              <NumberField
                label="Out"
                value={node.trim_out}
                min={node.trim_in + 1}
                optional
                onCommit={(trim) =>
                  set("Trim the end", { trim_out: trim === null ? null : Math.round(trim) })}
              />
            </div>
          )
          : node.type === "generate_image" && (
            <div class="row">
              <NumberField
                label="Width"
                optional
                value={node.width}
                min={64}
                max={8192}
                onCommit={(width) =>
                  set("Set the width", { width: width === null ? null : Math.round(width) })}
              />
              <NumberField
                label="Height"
                optional
                value={node.height}
                min={64}
                max={8192}
                onCommit={(height) =>
                  set("Set the height", { height: height === null ? null : Math.round(height) })}
              />
            </div>
          )}
        {node.type === "shot" && <CutFields node={node} set={set} />}
        <SourceField node={node} />
        {node.type === "edit_image" && <MaskField node={node} set={set} />}
        <RunnerForm node={node} set={set} />
        {workspace.canEdit && (
          <div class="row">
            <button
              type="button"
              class="button primary"
              style="flex:1"
              onClick={() => void generate(workspace, node.id, takes)}
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
        <NodeStatus id={node.id} bare />
        <div class="row">
          {jobs.some((job) => job.state !== "failed") && (
            <button
              type="button"
              class="button small"
              onClick={() => void Promise.all(jobs.map((job) => attempt(() => api.cancel(job.id))))}
            >
              <X size={14} /> Cancel
            </button>
          )}
          {failed && (
            <button
              type="button"
              class="button small"
              onClick={() => void attempt(() => api.retry(failed.id))}
            >
              <RotateCcw size={14} /> Try again
            </button>
          )}
        </div>
      </fieldset>
      <Gallery node={node} />
    </>
  );
}

import { useState } from "preact/hooks";
import type { GeneratingNode } from "../../../shared/canvas/graph.ts";
import type { Take } from "../../../shared/api/work.ts";
import { restoringSettings } from "../../../shared/canvas/settings.ts";
import { TIERS } from "../../../shared/tiers.ts";
import { api } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";
import { runnerTitle } from "../runner_title.ts";
import { useWorkspace } from "../workspace.ts";
import { Unverified } from "./unverified.tsx";

/** Everything a take was made from, and the way back: its settings into the node. */
export function HowMade({ take, node }: { take: Take; node: GeneratingNode }) {
  const workspace = useWorkspace();
  const [sidecar, setSidecar] = useState<{ id: string; text: string } | null>(null);
  const detail = () => attempt(() => api.take(workspace.project.value.id, take.id));
  const show = async () => {
    if (sidecar?.id === take.id) return setSidecar(null);
    const answer = await detail();
    if (answer) setSidecar({ id: take.id, text: JSON.stringify(answer.sidecar, null, 2) });
  };
  const restore = async () => {
    const answer = await detail();
    if (!answer) return;
    const settings = answer.sidecar.settings as Record<string, unknown> | null | undefined;
    if (!settings) return say(`${take.name} does not say what its node looked like.`);
    const set = restoringSettings(node, settings);
    if (workspace.document.apply(`Restore ${take.name}`, [{ op: "update_node", id: node.id, set }])) {
      say(`The settings of ${take.name} are in the node again; its seed is locked.`);
    }
  };
  return (
    <div class="field">
      <span class="mono">{take.name}</span>
      <Unverified take={take} />
      {take.tier !== take.tier_requested && (
        <p class="notice-box">{TIERS[take.tier_requested].label} asked, made at {TIERS[take.tier].label}.</p>
      )}
      <span class="dim">
        {runnerTitle(workspace, take.runner)} · {take.media.width} × {take.media.height}
        {take.media.frames > 1 ? ` · ${take.media.frames} frames` : ""}
      </span>
      <div style="display:flex;gap:8px">
        {workspace.canEdit && (
          <button type="button" class="button small" onClick={() => void restore()}>Restore settings</button>
        )}
        <button type="button" class="button small" onClick={() => void show()}>How it was made</button>
      </div>
      {sidecar?.id === take.id && (
        <pre class="mono" style="overflow:auto;max-height:320px;margin:0">{sidecar.text}</pre>
      )}
    </div>
  );
}

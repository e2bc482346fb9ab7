import type { Take } from "../../shared/api/work.ts";
import { type Tier, TIERS } from "../../shared/tiers.ts";
import { api } from "../api.ts";
import { attempt, say } from "../state/toasts.ts";
import type { Workspace } from "./workspace.ts";

/** What a person does to a film that is not in its document. Each is a step of their undo like any other. */

/** Chooses the take that the film shows. */
export async function makeActive(workspace: Workspace, take: Take): Promise<void> {
  const before = workspace.live.activeTake(take.node_id);
  if (before?.id === take.id || !await activate(workspace, take) || !before) return;
  workspace.document.did(`Make ${take.name} active`, {
    back: () => change(before, take),
    again: () => change(take, before),
  });
  // Nothing that somebody else has chosen since is overwritten.
  async function change(to: Take, from: Take): Promise<boolean> {
    if (workspace.live.activeTake(take.node_id)?.id === from.id) return await activate(workspace, to);
    say(`${from.name} is not the active take any more: others have chosen since.`);
    return false;
  }
}

async function activate({ project, live }: Workspace, take: Take): Promise<boolean> {
  if (!await attempt(() => api.activate(project.value.id, take.id))) return false;
  // The event says it too; until then what is done next must not go by the old one.
  live.addTakes(live.takesOf(take.node_id).map((each) => ({ ...each, active: each.id === take.id })));
  return true;
}

export async function setQuality(workspace: Workspace, tier: Tier): Promise<void> {
  const before = workspace.project.value.quality;
  if (tier === before || !await change(tier)) return;
  workspace.document.did(`Quality ${TIERS[tier].label}`, {
    back: () => change(before),
    again: () => change(tier),
  });
  async function change(quality: Tier): Promise<boolean> {
    const changed = await attempt(() => api.updateProject(workspace.project.value.id, { quality }));
    if (changed) workspace.project.value = changed;
    return changed !== undefined;
  }
}

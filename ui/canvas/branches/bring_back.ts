import { api } from "../../api.ts";
import { go } from "../../router.ts";
import { pageOf } from "../../state/branch.ts";
import { attempt, say } from "../../state/toasts.ts";
import type { Workspace } from "../workspace.ts";

/** A branch that was discarded is there again, and opened. */
export async function bringBack(workspace: Workspace, name: string): Promise<void> {
  const { id, slug } = workspace.project.value;
  const back = await attempt(() => api.restoreBranch(id, name));
  if (!back) return;
  say(`${back.title} is back.`);
  await workspace.branches.read();
  go(pageOf(slug, name));
}

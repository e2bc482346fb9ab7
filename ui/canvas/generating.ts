import { isGenerating } from "../../shared/canvas/graph.ts";
import { api } from "../api.ts";
import { attempt, say } from "../state/toasts.ts";
import { along } from "./view_actions.ts";
import type { Workspace } from "./workspace.ts";

/** Queues takes of a node as it is now: what was typed is sent first. */
export async function generate(
  workspace: Workspace,
  nodeId: string,
  takes = 1,
  versionUp = false,
  credits: "purse" | "mine" | null = null,
): Promise<void> {
  await attempt(async () => {
    await workspace.document.sent();
    return api.generate(workspace.project.value.id, {
      ...{ node_id: nodeId, takes, version_up: versionUp },
      ...(credits ? { credits } : {}),
    });
  });
}

export async function generateSelection(workspace: Workspace): Promise<void> {
  const nodes = [...workspace.selection.value].flatMap((id) => workspace.document.node(id).value ?? [])
    .filter(isGenerating);
  const off = nodes.filter((node) => node.off);
  if (off.length) {
    const names = off.map((node) => node.title).join(", ");
    say(
      off.length === 1
        ? `${names} is ${off[0]!.off} and makes no takes; switch it on again, then generate.`
        : `${names} are bypassed or muted and make no takes; switch on again what should.`,
    );
  }
  for (const node of nodes) if (!node.off) await generate(workspace, node.id);
}

/** What has no take yet or is out of date, or of that what is among these; what feeds others first. What waits for a picture of another is left for later. */
export async function generateStale(workspace: Workspace, among?: ReadonlySet<string>): Promise<void> {
  const wanting = workspace.stale.wanting().filter((node) => !among || among.has(node.id));
  const unfed = wanting.filter((node) => isUnfed(workspace, node.id));
  if (wanting.length === 0) say("Everything is up to date or being made.");
  for (const node of wanting) {
    // Whoever asks twice, or somebody else meanwhile, gets one.
    const still = workspace.stale.wanting().some((each) => each.id === node.id);
    if (still && !unfed.includes(node)) await generate(workspace, node.id);
  }
  if (unfed.length) {
    say(
      `${unfed.map((node) => node.title).join(", ")}: the picture that feeds ${
        unfed.length === 1 ? "it" : "them"
      } has to be made first.`,
    );
  }
}

export function generateDownstream(workspace: Workspace): Promise<void> {
  return generateStale(workspace, along(workspace, "target"));
}

/** A picture is wired in that has not been made. */
function isUnfed(workspace: Workspace, id: string): boolean {
  return workspace.stale.inForce.value.edges.some((edge) => {
    if (edge.target !== id || !["source", "image"].includes(edge.target_port)) return false;
    const from = workspace.document.node(edge.source).value;
    return from !== null && isGenerating(from) && !workspace.live.activeTake(from.id);
  });
}

export async function cancelAll(workspace: Workspace): Promise<void> {
  const open = [...workspace.live.jobs.value.values()].filter((job) =>
    ["blocked", "queued", "leased"].includes(job.state)
  );
  if (open.length === 0) say("Nothing is waiting.");
  for (const job of open) await attempt(() => api.cancel(job.id));
}

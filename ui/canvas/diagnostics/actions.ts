import { later } from "../../components/lazily.tsx";
import { attempt } from "../../state/toasts.ts";
import type { Action } from "../actions.ts";
import type { Workspace } from "../workspace.ts";

const copying = later(() => import("../parts.ts"));

function failedOf({ live, selectedNode }: Workspace) {
  const id = selectedNode.value;
  return id ? live.jobsOf(id).find((job) => job.state === "failed") : undefined;
}

export const DIAGNOSTICS_ACTION: Action = {
  id: "diagnostics",
  label: "Copy diagnostics of what failed",
  looks: true,
  when: (workspace) => failedOf(workspace) !== undefined,
  run: (workspace) => {
    const job = failedOf(workspace);
    if (job) void attempt(async () => (await copying()).copyDiagnostics(workspace, job));
  },
};

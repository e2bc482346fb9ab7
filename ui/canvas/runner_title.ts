import type { Workspace } from "./workspace.ts";

/** What a runner is called; of one that the studio does not have any more only the id is known. */
export function runnerTitle({ runners }: Pick<Workspace, "runners">, id: string): string {
  return runners.find((runner) => runner.id === id)?.title ?? id;
}

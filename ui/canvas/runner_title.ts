import type { JobView } from "./dock/queue_order.ts";
import type { Workspace } from "./workspace.ts";

type Known = Pick<Workspace, "runners">;

/** What a runner is called; of one that the studio does not have any more only the id is known. */
export function runnerTitle({ runners }: Known, id: string): string {
  return runners.find((runner) => runner.id === id)?.title ?? id;
}

/** Why a job does not run, as the gateway says it, with its runner by its name. */
export function waitingText(known: Known, { waiting, runner }: JobView): string | undefined {
  return waiting?.sentence.replace(`Needs ${runner} at`, `Needs ${runnerTitle(known, runner)} at`);
}

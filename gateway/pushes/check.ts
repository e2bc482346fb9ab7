import type { Querier } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { fileFaults, readLocks, type Rules } from "./files.ts";
import { type Introduced, introduced } from "./introduced.ts";
import { readManifest } from "./read_manifest.ts";
import type { Pusher } from "./mod.ts";
import { NO_COMMIT, type RefChange, refFault } from "./refs.ts";

/** Files looked at together: bounds the memory of a push that brings a whole production. */
const TOGETHER = 500;
/** Sentences that a person is shown. */
const SHOWN = 20;

export interface Push {
  gitDir: string;
  project: ProjectRow;
  pusher: Pusher;
  changes: RefChange[];
  /** Where its objects wait until it is taken (git-receive-pack(1), quarantine). */
  env: Record<string, string>;
}

/** Everything that stands against a push, a sentence each; empty: it may land. */
export async function faultsOf(q: Querier, push: Push): Promise<string[]> {
  const { gitDir, changes, env } = push;
  const faults: string[] = [];
  for (const change of changes) {
    const fault = await refFault(gitDir, change, env);
    if (fault) faults.push(fault);
  }
  // What may not be there at all needs no look at its files, which might take minutes.
  if (faults.length) return faults;
  faults.push(...await manifestFaults(push));
  const rules: Rules = { q, ...push, locked: await readLocks(q, push.project, push.pusher) };
  for await (const files of together(introduced(gitDir, tipsOf(changes), env))) {
    faults.push(...await fileFaults(rules, files));
    if (faults.length > SHOWN) break;
  }
  return [...new Set(faults)];
}

/** Where a branch ends up, project.json must be right; on the way there it may have been wrong. */
async function manifestFaults({ gitDir, project, changes, env }: Push): Promise<string[]> {
  const faults: string[] = [];
  for (const { ref, after } of changes) {
    if (!ref.startsWith("refs/heads/") || after === NO_COMMIT) continue;
    const read = await readManifest(gitDir, after, { project, env });
    if ("fault" in read) faults.push(read.fault);
  }
  return faults;
}

function tipsOf(changes: RefChange[]): string[] {
  return changes.flatMap(({ after }) => after === NO_COMMIT ? [] : [after]);
}

async function* together(files: AsyncIterable<Introduced>): AsyncGenerator<Introduced[]> {
  let some: Introduced[] = [];
  for await (const file of files) {
    some.push(file);
    if (some.length < TOGETHER) continue;
    yield some;
    some = [];
  }
  if (some.length) yield some;
}

/** As `git push` shows it, each line behind "remote:". */
export function refusalText(faults: string[]): string {
  const more = faults.length > SHOWN ? ["- and more; these first."] : [];
  return [
    "",
    "The studio did not take this push; nothing was changed.",
    ...faults.slice(0, SHOWN).map((fault) => `- ${fault}`),
    ...more,
    "",
    "",
  ].join("\n");
}

import { composeStudio } from "../compose.ts";
import { parseConfig } from "../config.ts";
import { createLog } from "../http/mod.ts";
import { MergeRequest } from "../../shared/api/branches.ts";
import type { UserPrincipal } from "../auth/mod.ts";

/**
 * A gateway that merges or discards a branch and is killed at one moment of it: `<moment> <project> <branch> <user as JSON>`, with the
 * studio's environment. Of tests; a moment that never comes ends it with 3.
 */
const [moment = "", projectId = "", branch = "", user = "{}"] = Deno.args;

async function die(): Promise<never> {
  Deno.kill(Deno.pid, "SIGKILL");
  return await new Promise(() => {});
}
/** The call, and death once it has ended. */
const after =
  <A extends unknown[], R>(call: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    await call(...args);
    return await die();
  };

const log = createLog({ terminal: false, write: () => {} });
const studio = await composeStudio(parseConfig(Deno.env.toObject()), log);
const project = (await studio.projects.byId(studio.db.sql, projectId))!;
const { bring } = studio.pushes;
const { alone } = studio.git;

const moments: Record<string, () => void> = {
  "the merge is remembered": () => studio.pushes.bring = (on, merge) => bring(on, merge, die),
  "the branch has moved": () => studio.pushes.bring = (on, merge, land) => bring(on, merge, after(land)),
  "the takes are the branch's": () => studio.takes.bring = after(studio.takes.bring),
  "the canvas has it": () => studio.canvas.put = after(studio.canvas.put),
  "the takes are chosen": () => studio.takes.activate = after(studio.takes.activate),
  "the settings are set": () => studio.projects.update = after(studio.projects.update),
  "it is decided to discard": () => studio.git.alone = die,
  "its commits are kept": () => studio.git.alone = after(alone) as typeof alone,
};
moments[moment]!();
if (moment.startsWith("it is decided") || moment.startsWith("its commits")) {
  await studio.branches.discard(project, branch, { name: "Ada" });
} else {
  const request = MergeRequest.parse({ apply: true, all: "theirs" });
  await studio.branches.merge(project, branch, request, JSON.parse(user) as UserPrincipal);
}
Deno.exit(3);

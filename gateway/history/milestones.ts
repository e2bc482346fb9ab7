import type { z } from "zod";
import type { CreateMilestone, Milestone } from "../../shared/api/history.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { git, GitError, personName, tryGit } from "../git/mod.ts";

/** Marks a commit with an annotated tag, which every clone gets. ProblemError conflict when the name is taken. */
export async function markMilestone(
  gitDir: string,
  { name, message, commit }: z.infer<typeof CreateMilestone> & { commit: string },
  by: string,
): Promise<Milestone> {
  const made = await tryGit(["tag", "--annotate", "--cleanup=whitespace", "--file=-", "--", name, commit], {
    gitDir,
    stdin: new TextEncoder().encode(`${message || name}\n`),
    env: { GIT_COMMITTER_NAME: personName(by), GIT_COMMITTER_EMAIL: "gateway@studio.invalid" },
  });
  if (made.code !== 0) {
    // "already exists", or in the way of refs/tags/<name>/…, which git names "cannot lock ref"
    if (/already exists|cannot lock ref/.test(made.stderr)) {
      throw new ProblemError("conflict", `There is a milestone ${name} already; choose another name.`);
    }
    throw new GitError(`Cannot mark the milestone ${name}`, made.stderr);
  }
  const milestone = (await listMilestones(gitDir)).find((each) => each.name === name);
  if (!milestone) throw new GitError(`The milestone ${name} was marked and is not there`, "");
  return milestone;
}

/** Newest first; also tags that people pushed. */
export async function listMilestones(gitDir: string): Promise<Milestone[]> {
  const format = [
    "%(refname:strip=2)",
    "%(objectname)",
    "%(*objectname)",
    "%(taggername)",
    "%(creatordate:unix)",
    "%(contents:subject)",
  ].join("%00");
  const said = await git(["for-each-ref", "--sort=-creatordate", `--format=${format}`, "refs/tags"], {
    gitDir,
  });
  return said.split("\n").filter(Boolean).map((line) => {
    const [name = "", object = "", peeled = "", author = "", seconds = "0", message = ""] = line.split("\0");
    return {
      name,
      commit: peeled || object,
      message,
      author,
      marked_at: new Date(Number(seconds) * 1000).toISOString(),
    };
  });
}

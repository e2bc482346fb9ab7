import { z } from "zod";

/** The branch that every project has. */
export const MAIN = "main";

const LONGEST = 120;
// deno-lint-ignore no-control-regex -- refusing them is the point
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\]\\]|\.\.|@\{|\/\/|\/\.|\.\/|\.lock(?:\/|$)/;

/** What is wrong with a name by Git's rules (git-check-ref-format(1)) and ours; null when nothing is. */
export function branchNameFault(name: string, longest: number = LONGEST): string | null {
  if (name === "" || name.length > longest) return `a branch's name has 1 to ${longest} characters`;
  if (!name.isWellFormed() || FORBIDDEN.test(name)) {
    return "a branch's name has no spaces, none of ~ ^ : ? * [ ] \\ and no two dots or slashes in a row";
  }
  if (/^[-./]|[./]$/.test(name)) return "a branch's name does not begin with - . / nor end with . or /";
  // Taken for the commit that is looked at, for Git's own refs, or for a commit's id.
  if (/^(?:HEAD|@|refs(?:\/.*)?|[0-9a-f]{40})$/.test(name)) return `${name} means something else to Git`;
  return null;
}

export const BranchName = z.string().superRefine((name, context) => {
  const fault = branchNameFault(name);
  if (fault) context.addIssue({ code: "custom", message: `cannot be: ${fault}` });
});

/** "Look B: warmer!" -> "look-b-warmer": a title as a name that is easy to type; "branch" when nothing remains. */
export function branchNameOf(title: string): string {
  const name = title.normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "").toLowerCase().replaceAll("ß", "ss")
    .replace(/[^a-z0-9]+/g, "-").slice(0, 60).replace(/^-+|-+$/g, "");
  return name === "" || branchNameFault(name) ? "branch" : name;
}

/** Whether Git could not have both: one would be a folder of the other. */
export function inTheWay(a: string, b: string): boolean {
  return a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

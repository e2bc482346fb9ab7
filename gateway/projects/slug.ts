import { isId } from "../../shared/ids.ts";

const LONGEST = 60;

/** Names in URLs that a project must not take: the studio's library has a repository of that name. */
const RESERVED = new Set(["library"]);

/**
 * A title as it stands in URLs and as a folder: "The Lighthouse-Keeper!" -> "The-Lighthouse-Keeper". ASCII letters, digits and
 * hyphens; "Project" when nothing remains. `nth` above one appends it: the second project of a name is "…-2".
 */
export function slugOf(title: string, nth = 1): string {
  const plain = title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/['’]/g, "")
    .replace(/[^A-Za-z0-9]+/g, "-").slice(0, LONGEST).replace(/^-+|-+$/g, "") || "Project";
  // What looks like an id would be looked up as one.
  const slug = isId(plain.toLowerCase()) || RESERVED.has(plain.toLowerCase()) ? `Project-${plain}` : plain;
  return nth === 1 ? slug : `${slug}-${nth}`;
}

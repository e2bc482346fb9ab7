import { MAIN } from "../../shared/project/branch.ts";

const LONGEST = 60;

/** Letters that have no accent to drop. */
const PLAIN: Record<string, string> = {
  "ß": "ss",
  "æ": "ae",
  "Æ": "Ae",
  "œ": "oe",
  "Œ": "Oe",
  "ø": "o",
  "Ø": "O",
  "ł": "l",
  "Ł": "L",
};

/** A title as the stem of a file on any system: "Der Leuchtturmwärter!" -> "Der-Leuchtturmwarter"; "Film" when nothing remains. */
export function filmName(title: string): string {
  return title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/['’]/g, "")
    .replace(/[ßæÆœŒøØłŁ]/g, (letter) => PLAIN[letter]!)
    .replace(/[^A-Za-z0-9]+/g, "-").slice(0, LONGEST).replace(/^-+|-+$/g, "") || "Film";
}

/** What films of a project are called; those of a branch beside main say which. */
export function filmStem({ title, branch }: { title: string; branch: string }): string {
  return branch === MAIN ? filmName(title) : `${filmName(title)}-${filmName(branch)}`;
}

/** "The-Lighthouse-Keeper_v003" */
export function versionName(stem: string, version: number): string {
  return `${stem}_v${String(version).padStart(3, "0")}`;
}

const LONGEST = 60;

/** A title as the stem of a file on any system: "Der Leuchtturmwärter!" -> "Der-Leuchtturmwarter"; "Film" when nothing remains. */
export function filmName(title: string): string {
  return title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/['’]/g, "")
    .replace(/[^A-Za-z0-9]+/g, "-").slice(0, LONGEST).replace(/^-+|-+$/g, "") || "Film";
}

/** "The-Lighthouse-Keeper_v003" */
export function versionName(stem: string, version: number): string {
  return `${stem}_v${String(version).padStart(3, "0")}`;
}

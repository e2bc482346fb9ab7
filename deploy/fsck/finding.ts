/** One thing that does not fit together. */
export interface Finding {
  /** `wrong`: something is lost or will not work. `note`: worth knowing, nothing is lost. */
  level: "wrong" | "note";
  /** `<studio>/<project>`, or what it is about. */
  about: string;
  /** What was found. */
  sentence: string;
  /** What to do about it. */
  advice: string;
}

/** Examples that a sentence names; the rest is a number. */
const NAMED = 3;

export function listed(names: string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** As the terminal shows them, each studio's project once. */
export function inWords(findings: Finding[]): string {
  const lines: string[] = [];
  for (const [about, group] of Map.groupBy(findings, (finding) => finding.about)) {
    lines.push(about);
    for (const { level, sentence, advice } of group) {
      lines.push(`  ${level === "wrong" ? "WRONG" : "note "}  ${sentence}`, `         ${advice}`);
    }
  }
  return lines.join("\n");
}

import type { Finding } from "./mod.ts";

/** What was found as a terminal shows it; lines of nothing are left out. */
export function inWords(findings: Finding[], { remove }: { remove: boolean }): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const [about, group] of Map.groupBy(findings.filter((each) => each.count > 0), (each) => each.about)) {
    lines.push(about);
    for (const finding of group) {
      bytes += finding.bytes ?? 0;
      lines.push(`  ${sentence(finding)}`);
      if (finding.unsure) lines.push(`    ${finding.unsure}`);
    }
  }
  if (lines.length === 0) return "There is nothing to clear away.";
  const size = sizeText(bytes);
  lines.push(
    remove
      ? `Removed; ${size} of media.`
      : `Nothing was removed: this was a look. ${size} of media would go with \`deno task housekeeping --remove\`.`,
  );
  return lines.join("\n");
}

function sentence({ what, count, bytes, examples }: Finding): string {
  const size = bytes ? `, ${sizeText(bytes)}` : "";
  const more = examples.length
    ? ` (${examples.slice(0, 3).join(", ")}${count > examples.length ? ", …" : ""})`
    : "";
  return `${count.toLocaleString("en")} ${what}${size}${more}`;
}

function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

import { planNamed, type Plans } from "../../gateway/plans/mod.ts";
import type { Holdings, Leaving } from "./delete.ts";
import type { Listed } from "./studios.ts";

/** The studios as a table. */
export function listText(
  studios: Listed[],
  half: { slug: string; name: string }[],
  plans: Plans,
): string {
  const lines = studios.map((each) => [
    each.slug,
    each.name,
    planNamed(plans, each.plan) ? each.plan ?? `${plans.default} (for all)` : `${each.plan} (no such plan)`,
    String(each.people),
    String(each.projects),
    String(each.agents),
    sizeText(each.held),
    each.id,
  ]);
  const all = [["STUDIO", "NAME", "PLAN", "PEOPLE", "FILMS", "MACHINES", "HOLDS", "ID"], ...lines];
  const widths = all[0]!.map((_, at) => Math.max(...all.map((line) => [...line[at]!].length)));
  const table = all.map((line) =>
    line.map((cell, at) => cell + " ".repeat(widths[at]! - [...cell].length)).join("  ").trimEnd()
  );
  const unfinished = half.map(({ slug, name }) =>
    `${name} is half deleted; finish it with: deno task studio delete ${slug} --yes`
  );
  return [
    ...(studios.length ? table : ["There is no studio yet; the gateway makes the first when it starts."]),
    ...unfinished,
  ]
    .join("\n");
}

/** What of a studio there is. */
export function holdingsText({ slug, name, half }: Leaving, holdings: Holdings): string {
  const rows = holdings.rows.map(({ table, rows }) => `  ${String(rows).padStart(9)}  ${table}`);
  return [
    half ? `${name} (${slug}) is half deleted. There is still:` : `${name} (${slug}) has:`,
    ...rows,
    `  ${String(holdings.repositories).padStart(9)}  repositories`,
    `  ${String(holdings.objects).padStart(9)}  objects, ${sizeText(holdings.bytes)}`,
  ].join("\n");
}

export function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

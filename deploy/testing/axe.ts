import type { Page } from "playwright-core";
import axe from "axe-core";

/** What axe-core finds on a page that is serious or worse, in both themes, one line each. */
export async function findings(page: Page): Promise<string[]> {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const root = document.documentElement;
    const chosen = root.dataset.theme;
    const found: string[] = [];
    for (const theme of ["dark", "light"]) {
      root.dataset.theme = theme;
      const { violations } = await axe.run(document, {
        resultTypes: ["violations"],
        // Only colours depend on the theme.
        ...(theme === "dark" ? {} : { runOnly: ["color-contrast"] }),
      });
      for (const { id, impact, nodes } of violations) {
        if (impact !== "serious" && impact !== "critical") continue;
        for (const node of nodes) {
          const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
          found.push(
            `${theme}: ${id} (${impact}) at ${node.target.join(" ")}: ${why}\n    ${node.html.slice(0, 200)}`,
          );
        }
      }
    }
    root.dataset.theme = chosen;
    return found;
  });
}

import assert from "node:assert/strict";
import { zipSync } from "fflate";
import type { Page } from "playwright-core";
import { png } from "../../gateway/assets/testing.ts";
import { film, put, shoot } from "../../gateway/assembly/testing.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { openPage, tell } from "../testing/browser.ts";

/** In and out as a person does it: the export's choice, the import's dialog, its words when something is wrong. */
Deno.test(
  {
    name:
      "a person takes a film out of the studio and brings it in again, and begins one with a zip of pictures",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const project = await test.makeProject("The Lighthouse Keeper");
    await put(test, project, film());
    await shoot(test, project, await test.joinAgent(), ["s1", "s2"]);
    await test.studio.git.settle(project.id);
    const folder = await Deno.makeTempDir({ prefix: "studio-transfer-" });
    const shots = Deno.env.get("STUDIO_SCREENSHOTS");
    const token = await test.studio.auth.ownerLink();
    await using open = await openPage(`${url}/enter?token=${token}`);
    const { page } = open;
    const look = async (name: string) => {
      if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
    };
    await tell(page, async () => {
      await page.getByRole("button", { name: "Export The Lighthouse Keeper" }).click();
      await look("export");
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: /With media/ }).click();
      const zip = `${folder}/keeper.zip`;
      await (await download).saveAs(zip);

      const choose = async (file: string) => {
        const chooser = page.waitForEvent("filechooser");
        await page.getByRole("button", { name: "Choose a zip" }).click();
        await (await chooser).setFiles(file);
      };
      await page.getByRole("button", { name: "Import", exact: true }).click();
      await look("import");
      await Deno.writeTextFile(`${folder}/letter.zip`, "Dear Ada");
      await choose(`${folder}/letter.zip`);
      await page.getByText(/This is no zip that can be read/).waitFor();
      await look("import-refused");
      await choose(zip);
      await page.waitForURL(/\/p\/The-Lighthouse-Keeper-2$/);
      await page.getByText("The Lighthouse Keeper (2)").first().waitFor();
      await page.locator(".node").nth(1).waitFor();
      await look("imported");

      await page.goto(url);
      await page.getByRole("button", { name: "Import", exact: true }).click();
      const media = zipSync({
        "a.png": png(64, 64),
        "b.png": png(64, 64, 9),
        "notes.txt": new Uint8Array([65]),
      });
      await Deno.writeFile(`${folder}/Plates.zip`, media);
      await choose(`${folder}/Plates.zip`);
      await page.getByText("One file was left out:").waitFor();
      await look("left-out");
      await page.getByRole("button", { name: "Open the film" }).click();
      await page.waitForURL(/\/p\/Plates$/);
      await page.getByRole("tab", { name: "Media" }).click();
      await page.getByText("a.png").first().waitFor();

      // Into a film that is open: a zip through its own Import.
      const chooser = page.waitForEvent("filechooser");
      await page.getByTitle("Import files").click();
      await Deno.writeFile(`${folder}/More.zip`, zipSync({ "c.png": png(64, 64, 30) }));
      await (await chooser).setFiles(`${folder}/More.zip`);
      await page.getByText("c.png").first().waitFor();
      await look("media");

      // A plain folder with folders in it begins a film, chosen or dropped; the same bytes are one file, however often they lie there.
      await Deno.mkdir(`${folder}/Piers/night`, { recursive: true });
      await Deno.writeFile(`${folder}/Piers/pier.png`, png(64, 64, 50));
      await Deno.writeFile(`${folder}/Piers/night/pier again.png`, png(64, 64, 50));
      await Deno.writeFile(`${folder}/Piers/night/tide.png`, png(64, 64, 60));
      const piers = async (slug: string) => {
        await page.waitForURL(`${url}/p/${slug}`);
        await page.getByRole("tab", { name: "Media" }).click();
        await page.getByText("tide.png").first().waitFor();
        assert.equal(await page.locator(".media-entry").count(), 2);
      };
      await page.goto(url);
      await page.getByRole("button", { name: "Import", exact: true }).click();
      const chosen = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Choose a folder" }).click();
      await (await chosen).setFiles(`${folder}/Piers`);
      await piers("Piers");
      await look("folder");
      await page.goto(url);
      await page.getByText("Piers", { exact: true }).first().waitFor();
      await page.waitForLoadState("networkidle");
      await dropFiles(page, [`${folder}/Piers`]);
      await piers("Piers-2");
    });
    assert.deepEqual(open.complaints.filter((each) => !/422/.test(each)), []);
    await Deno.remove(folder, { recursive: true });
  },
);

/** What lies on the disk, folders among it, dropped in the middle of the page as the system does it. */
async function dropFiles(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
  }
  await session.detach();
}

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { build } from "../../ui/build.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { openPage, tell } from "../testing/browser.ts";

const GRAPH = {
  "1": { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "ink.safetensors" } },
  "2": { class_type: "CLIPTextEncode", inputs: { text: "a fox", clip: ["1", 1] }, _meta: { title: "Words" } },
  "3": { class_type: "KSampler", inputs: { seed: 1, cfg: 4.5, positive: ["2", 0], model: ["1", 0] } },
  "4": { class_type: "SaveImage", inputs: { images: ["3", 0], filename_prefix: "x" } },
};

const STILL = {
  id: "still",
  type: "generate_image",
  title: "Still",
  shot: "STILL-010",
  position: { x: 0, y: 0 },
};

/** An owner with a graph of their own, and an artist who finds it on a node. */
Deno.test(
  {
    name: "a graph from ComfyUI becomes a runner by marking its inputs",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using test = await openTestStudio();
    const base = await test.serve();
    const project = await test.makeProject("Salt");
    await test.joinAgent({ capabilities: ["flux-image@standard"] });
    await using open = await openPage(`${base}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page, complaints } = open;
    await tell(page, async () => {
      await page.locator(".person summary").click();
      await page.getByRole("button", { name: "Runners" }).click();
      await page.getByRole("heading", { name: "What this studio can make" }).waitFor();
      await page.locator("[title^='Now by Test card'], [title^='Now by']").first().waitFor();

      const choose = async (name: string, text: string) => {
        const chooser = page.waitForEvent("filechooser");
        await page.getByRole("button", { name: /Choose the graph|Another graph/ }).click();
        await (await chooser).setFiles({
          name,
          mimeType: "application/json",
          buffer: Buffer.from(text),
        });
      };
      await choose("odd.json", "hello");
      await page.getByText("odd.json is no JSON. In ComfyUI choose Workflow, Export (API).").waitFor();
      await choose("Ink fox.json", JSON.stringify(GRAPH));
      await page.getByText("models/checkpoints/ink.safetensors").waitFor();
      assert.equal(await page.getByLabel("Id").inputValue(), "ink-fox");
      assert.equal(await page.getByLabel("Name of Words: text").inputValue(), "prompt");
      await page.getByLabel("Name of KSampler: cfg").fill("contrast");
      await page.getByLabel("Licence of its models").fill("Apache-2.0");
      await page.getByLabel("What is made with it may be sold").check();
      await page.getByRole("button", { name: "Add it to the studio" }).click();
      await page.getByText("agent runner install ink-fox").waitFor();
      await page.locator("details.runner-entry", { hasText: "ink-fox" }).locator("summary").click();
      await page.getByRole("link", { name: "Its pack" }).waitFor();

      await test.request(`/api/projects/${project.id}/canvas`, {
        method: "PATCH",
        json: { operations: [{ op: "add_node", node: STILL }] },
      });
      await page.goto(`${base}/p/${project.id}`);
      await page.locator(".react-flow__node", { hasText: "Still" }).click();
      await page.getByRole("combobox", { name: "Runner" }).selectOption({ label: "Ink fox" });
      await page.getByLabel("Contrast").waitFor();
    });
    assert.deepEqual(complaints, []);
  },
);

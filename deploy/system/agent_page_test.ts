import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { writeConfig } from "../../agent/config.ts";
import { openSource, serveFile } from "../../agent/models/testing/source.ts";
import { openFullComfyUi } from "../../agent/runners/testing/comfyui.ts";
import { testSpec } from "../../agent/testing/agent.ts";
import { openTestGateway } from "../../agent/testing/gateway.ts";
import { installTinyRunner } from "../../agent/testing/tiny_runner.ts";
import { findings } from "../testing/axe.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const BYTES = new Uint8Array(2_000_000).map((_, at) => (at * 31 + (at >> 8)) % 251);

/** SCREENSHOTS names a folder for pictures of the page. */
Deno.test(
  {
    name: "the owner of a card sees on a page what it does, and says when, for whom and with what",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async (t) => {
    await using gateway = openTestGateway();
    let more = Promise.withResolvers<void>();
    const half = Promise.withResolvers<void>();
    await using source = openSource((seen, write) =>
      serveFile(seen, async (what) => {
        await write(what.length < 1_000_000 ? what : what.slice(0, 1_000_000));
        if (what.length < 1_000_000) return;
        half.resolve();
        await more.promise;
        await write(what.slice(1_000_000));
      }, { bytes: BYTES, etag: '"one"' })
    );
    const models: Record<string, string[]> = {
      vae: ["ae.safetensors"],
      checkpoints: ["flux1-schnell-fp8.safetensors"],
    };
    await using comfyui = await openFullComfyUi({
      models,
      card: { name: "NVIDIA GeForce RTX 4090", index: 0, vramMb: 24_080 },
    });
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "agent-page-" }));
    const [data, folder] = [join(root, "data"), join(root, "models")];
    await Deno.mkdir(join(folder, "vae"), { recursive: true });
    const sha256 = createHash("sha256").update(BYTES).digest("hex");
    await installTinyRunner(data, { url: `${source.url}/tiny.bin`, size: BYTES.length, sha256 });
    writeConfig(data, {
      schema: 1,
      gateway: gateway.url,
      agent_id: "01890000-0000-7000-8000-000000000000",
      name: "Mira's 4090",
      token: gateway.token,
      comfyui: comfyui.url,
      store_origins: [],
      allow_http: false,
      models: folder,
      joined_at: new Date().toISOString(),
    });
    // Left out of the form as out of the file: what its owner did not write stays unwritten.
    await Deno.writeTextFile(
      join(data, "policy.json"),
      JSON.stringify({ schema: 1, pools: ["default"], refuse_words: ["gore"] }),
    );
    await writeHistory(data);
    const launch = (...args: string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-read", "--allow-env", "--allow-run", "agent/launch.ts", ...args],
        cwd: ROOT,
        env: { AGENT_DATA: data, NO_COLOR: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
    const agent = launch("run", "--model-host", source.host).spawn();
    const output = agent.output();
    try {
      await gateway.until("it polls", () => gateway.polls.length > 0);
      const address = new TextDecoder().decode((await launch("page").output()).stdout).trim();
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/#[A-Za-z0-9_-]{32}$/);
      await using opened = await openPage(address, { width: 1100, height: 900 });
      const { page, complaints } = opened;
      const step = stepsOf(t, page);
      const pictures = Deno.env.get("SCREENSHOTS");
      const shoot = async (name: string) => {
        if (!pictures) return;
        for (const scheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme: scheme });
          await page.screenshot({ path: `${pictures}/${name}-${scheme}.png`, fullPage: true });
        }
      };
      const status = (words: string | RegExp) => page.locator("#status").filter({ hasText: words }).waitFor();
      const button = (name: string) => page.getByRole("button", { name, exact: true });

      await step("its key is out of sight, and without it the page says nothing", async () => {
        await status("Waits for work.");
        assert.ok(!page.url().includes("#"));
        const stranger = await opened.another(page.url());
        await stranger.getByText("this one has no valid key").waitFor();
        assert.equal(await stranger.getByText("Mira's 4090").count(), 0);
        await stranger.context().close();
        // The browser says of the refusals what it must; they were wanted.
        complaints.length = 0;
      });

      await step("why the studio keeps it from work is there as long as it does, and no longer", async () => {
        const reason = "This machine is in quarantine. A spot check found that it made a take wrong.";
        gateway.quarantine = { reason, test: false, slots: [] };
        await page.locator("#troubles").getByText(reason).waitFor();
        await status("Gets no work: the studio keeps this machine in quarantine.");
        await shoot("quarantine");
        gateway.quarantine = null;
        await page.locator("#troubles").getByText(reason).waitFor({ state: "detached" });
        await status("Waits for work.");
      });

      await step(
        "a job is seen with its film and progress, and in the account of what was given",
        async () => {
          await page.getByText(/NVIDIA GeForce RTX 4090, 23\.5 GiB/).waitFor();
          const job = gateway.add({
            ...testSpec("SHOT-010_v01_take01"),
            runner: "animatic-still",
            width: 1280,
            height: 720,
          }, {
            capability: "animatic-still@low",
          });
          await gateway.until("the take", () => job.state === "succeeded" || job.state === "failed");
          await page.locator("#done").getByText("SHOT-010_v01_take01").first().waitFor();
          assert.equal(await page.locator("#done").getByRole("cell", { name: "The Lighthouse" }).count(), 2);
        },
      );

      await step("pause and resume are heard by the studio within seconds", async () => {
        await button("Pause now").click();
        await status("Paused on the machine itself.");
        await page.locator("#cards").getByText("rests").first().waitFor();
        await gateway.until(
          "the studio hears it",
          () => /Paused/.test(gateway.heartbeats.at(-1)?.resting ?? ""),
        );
        await button("Resume").click();
        await status("Waits for work.");
        await gateway.until("the studio hears it", () => gateway.heartbeats.at(-1)?.resting === undefined);
      });

      await step(
        "rules are written into policy.json, where what was not touched stays as it was",
        async () => {
          const form = page.locator("#rules-form");
          await form.getByLabel("Watts a card may draw").fill("-5");
          await button("Save").click();
          await form.getByText("“Watts a card may draw” must be a number.").waitFor();
          await form.getByLabel("Watts a card may draw").fill("");
          await form.getByLabel("Gigabytes a month").fill("200");
          await form.getByLabel("Never these films").fill("Ad for a bank\n");
          await form.getByLabel("May fetch models").check();
          await button("Save").click();
          await form.getByText("Saved; it counts from now on.").waitFor();
          assert.deepEqual(JSON.parse(await Deno.readTextFile(join(data, "policy.json"))), {
            schema: 1,
            pools: ["default"],
            refuse_words: ["gore"],
            monthly_gb: 200,
            projects: { allow: [], deny: ["Ad for a bank"] },
            models: { download: true, licences: [], disk_gb: null, mb_per_second: null },
          });
          await gateway.until(
            "the studio hears it",
            () => gateway.sessions.at(-1)?.facts.terms?.projects.deny[0] === "Ad for a bank",
          );
          // Somebody edits the file meanwhile: nothing of theirs is lost.
          await Deno.writeTextFile(join(data, "policy.json"), JSON.stringify({ models: { download: true } }));
          await button("Save").click();
          await form.getByText("was changed elsewhere meanwhile").waitFor();
          complaints.length = 0;
          await page.reload();
          await form.getByLabel("May fetch models").waitFor();
          await button("Add hours").click();
          await shoot("rules");
          await form.getByRole("group", { name: "Hours" }).getByRole("button", { name: "Remove" }).click();
        },
      );

      await step(
        "a model is fetched once its licence was agreed to, and what it opens is offered",
        async () => {
          const list = page.locator("#models");
          await list.getByLabel("Fetch tiny.bin").check();
          assert.equal(await button("Fetch").isDisabled(), true);
          await list.getByLabel("I agree to the licence Tiny Licence 1.0").check();
          await button("Fetch").click();
          await half.promise;
          await list.getByText("50 % of 2 MB").waitFor();
          await gateway.until(
            "the studio hears it",
            () => gateway.heartbeats.at(-1)?.doing === "Downloads vae/tiny.bin: 50 %",
          );
          await shoot("models");
          models.vae!.push("tiny.bin");
          more.resolve();
          more = Promise.withResolvers();
          await gateway.until(
            "it is offered",
            () =>
              gateway.sessions.at(-1)!.facts.slots.some(({ capabilities }) =>
                capabilities.includes("tiny@low")
              ),
          );
          await list.getByText("3 of ").waitFor();
          assert.deepEqual(await Deno.readFile(join(folder, "vae", "tiny.bin")), BYTES);
        },
      );

      await step("nothing on it keeps a person out", async () => {
        for (const words of ["What it said", "Missing, and beyond"]) {
          await page.locator("summary", { hasText: words }).click();
        }
        assert.deepEqual(await findings(page), []);
        await shoot("all");
        await page.setViewportSize({ width: 420, height: 800 });
        await shoot("narrow");
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          "nothing sticks out on a narrow screen",
        );
      });
      assert.deepEqual(complaints, []);
    } finally {
      more.resolve();
      agent.kill("SIGTERM");
      const { stdout, stderr } = await output;
      await Deno.remove(root, { recursive: true });
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.doesNotMatch(text, /127\.0\.0\.1:\d+\/#/, "its key is in no log");
    }
  },
);

async function writeHistory(data: string): Promise<void> {
  const line = {
    project: "The Lighthouse",
    runner: "flux-image",
    outcome: "succeeded",
    seconds: 92,
    bytes_down: 2_000_000,
    bytes_up: 31_000_000,
    job_id: "01890000-0000-7000-8000-000000000001",
    title: "SHOT-040_v02_take11",
    at: new Date().toISOString(),
  };
  await Deno.writeTextFile(join(data, "history.jsonl"), JSON.stringify(line) + "\n");
}

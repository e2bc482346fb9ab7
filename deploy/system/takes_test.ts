import assert from "node:assert/strict";
import { join } from "@std/path";
import type { TestAgent } from "../../gateway/testing/agent.ts";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { build } from "../../ui/build.ts";
import { openPage, stepsOf } from "../testing/browser.ts";

const TAKES = 124;
/** Elements that may be mounted at once: three rows in sight and some around, not a hundred. */
const FEW = 24;

/** A shot with very many takes. The agent speaks the real protocol; its posters and proxies are real and small. What is there is counted. */
Deno.test(
  { name: "a hundred takes of a shot stay fast", sanitizeResources: false, sanitizeOps: false },
  async (t) => {
    await build();
    await using test = await openTestStudio();
    const url = await test.serve();
    const project = await test.makeProject("Many takes");
    const api = `/api/projects/${project.id}`;
    const canvas = async (prompt: string) => {
      const shot = {
        id: "s",
        type: "shot",
        title: "SHOT-010",
        shot: "SHOT-010",
        prompt,
        position: { x: 0, y: 0 },
      };
      const put = await test.request(`${api}/canvas`, {
        method: "PUT",
        json: { graph: { nodes: [shot], edges: [] } },
      });
      assert.equal(put.status, 200, await put.text());
    };
    const agent = await test.joinAgent();
    const pictures = await makePictures();
    const make = async (count: number) => {
      const asked = await test.request(`${api}/jobs`, {
        method: "POST",
        json: { node_id: "s", takes: count },
      });
      assert.equal(asked.status, 202, await asked.text());
      for (let made = 0; made < count; made++) await finishOne(agent, pictures);
    };
    await canvas("Fog over a pier");
    await make(10);
    await canvas("Rain on the glass");
    for (let left = TAKES - 10; left > 0; left -= 16) await make(Math.min(16, left));

    await using open = await openPage(`${url}/enter?token=${await test.studio.auth.ownerLink()}`);
    const { page } = open;
    const step = stepsOf(t, page);
    const asked: string[] = [];
    page.on(
      "request",
      (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search),
    );
    const states: { takes: unknown[]; take_counts: Record<string, number> }[] = [];
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        const event = String(payload).startsWith("{") ? JSON.parse(String(payload)) : null;
        if (event?.type === "state") states.push(event);
      }));
    const right = page.locator("aside.right");
    const gallery = right.getByRole("listbox", { name: "Takes" });
    const takes = gallery.getByRole("option");
    const take = (number: number) =>
      gallery.getByRole("option", { name: `v1 take ${String(number).padStart(2, "0")}` });
    const card = page.locator(".node", { hasText: "SHOT-010" });
    const posters = () => new Set(asked.filter((path) => path.endsWith("/poster"))).size;
    const mountedFew = async () => {
      const count = await takes.count();
      assert.ok(count > 0 && count <= FEW, `${count} takes are mounted`);
    };

    await step("the gallery says how many there are, and mounts those in sight", async () => {
      await page.locator(".card", { hasText: "Many takes" }).getByRole("link").click();
      await card.locator(".tag", { hasText: "take 01" }).waitFor();
      await card.locator("header").click();
      await right.getByRole("heading", { name: `Takes ${TAKES}` }).waitFor();
      await take(TAKES).waitFor();
      await mountedFew();
      assert.ok(posters() <= FEW, `${posters()} posters were asked for`);
      // Neither the socket nor a page of the list brings them all.
      assert.ok(states[0]!.takes.length <= 13, `the screen opened with ${states[0]!.takes.length} takes`);
      assert.deepEqual(states[0]!.take_counts, { s: TAKES });
      const lists = asked.filter((path) => path.includes("/takes?"));
      assert.ok(lists.length <= 1 && lists.every((path) => path.includes("limit=60")), lists.join("\n"));
      assert.equal(await take(TAKES).getAttribute("aria-setsize"), `${TAKES}`);
    });

    await step("keys lead to the very first take and back, and the node is not drawn for it", async () => {
      await page.evaluate(() => {
        const seen = new MutationObserver((changes) => Object.assign(globalThis, { changes }));
        seen.observe(document.querySelector(".react-flow__nodes")!, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      });
      await take(TAKES).focus();
      await page.keyboard.press("ArrowRight");
      await focused(TAKES - 1);
      await page.keyboard.press("ArrowDown");
      await focused(TAKES - 3);
      await page.keyboard.press("End");
      await focused(1);
      await mountedFew();
      // Six before the last: the hundred and eighteenth.
      for (let times = 0; times < 3; times++) await page.keyboard.press("ArrowUp");
      await focused(7);
      await mountedFew();
      assert.ok(posters() <= 2 * FEW, `${posters()} posters were asked for`);
      assert.equal(await page.evaluate(() => (globalThis as { changes?: unknown[] }).changes), undefined);
    });

    await step("there it is starred, and stays the choice over a reload", async () => {
      await page.keyboard.press("a");
      await right.locator(".take.active", { hasText: "take 07" }).waitFor();
      await card.locator(".tag", { hasText: "take 07" }).waitFor();
      await page.reload();
      await card.locator(".tag", { hasText: "take 07" }).waitFor();
      await card.getByText("Out of date: prompt changed").waitFor();
      await card.locator("header").click();
      await right.getByRole("heading", { name: `Takes ${TAKES}` }).waitFor();
    });

    await step("two that lie far apart are compared", async () => {
      await take(TAKES).click();
      await take(TAKES).focus();
      await page.keyboard.press("End");
      await focused(1);
      await page.keyboard.press("Enter");
      await page.keyboard.press("c");
      const compare = page.getByRole("dialog", { name: "Compare two takes" });
      await compare.getByText("Fog over a pier").waitFor();
      await compare.getByText("Rain on the glass").waitFor();
      await compare.getByRole("button", { name: "Close" }).click();
    });

    await step("an old clip plays while the pointer is on it, and its settings come back", async () => {
      for (let times = 0; times < 3; times++) await page.keyboard.press("ArrowUp");
      await focused(7);
      await take(7).locator("img").hover();
      await page.waitForFunction(() => {
        const clip = document.querySelector<HTMLVideoElement>("aside.right .take video");
        return clip !== null && clip.readyState >= 2 && !clip.paused;
      });
      // Only the take that is chosen alone is shown below: the newest is let go.
      await page.keyboard.press("Home");
      await focused(TAKES);
      await page.keyboard.press("Enter");
      await right.getByText("SHOT-010_v01_take01").waitFor();
      await right.getByRole("button", { name: "Restore settings" }).click();
      await page.waitForFunction(() =>
        [...document.querySelectorAll("textarea")].some((field) => field.value === "Fog over a pier")
      );
    });

    await step("large, the arrows go on through all of them", async () => {
      await page.locator("#canvas").focus();
      await page.keyboard.press("v");
      const large = page.getByRole("dialog");
      await large.getByText(`7 of ${TAKES}`).waitFor();
      await page.keyboard.press("ArrowLeft");
      await large.getByText(`6 of ${TAKES}`).waitFor();
      await page.keyboard.press("Escape");
    });

    await step("one more comes in at its place", async () => {
      await make(1);
      await right.getByRole("heading", { name: `Takes ${TAKES + 1}` }).waitFor();
      await take(TAKES + 1).waitFor();
      await card.getByText(`take ${TAKES + 1}`).or(card.locator(".tag")).first().waitFor();
      await mountedFew();
    });
    assert.deepEqual(open.complaints, []);

    async function focused(number: number): Promise<void> {
      const name = `v1 take ${String(number).padStart(2, "0")}`;
      await page.waitForFunction(
        (name) =>
          document.activeElement?.getAttribute("role") === "option" &&
          document.activeElement.textContent?.includes(name),
        name,
      );
    }
  },
);

interface Pictures {
  posters: Uint8Array<ArrayBuffer>[];
  proxy: Uint8Array<ArrayBuffer>;
}

/** What an agent makes of a take for lists: a few different posters, and a clip of a second. */
async function makePictures(): Promise<Pictures> {
  const folder = await Deno.makeTempDir({ prefix: "studio-takes-" });
  try {
    const source = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=8:d=1,hue=H=t*6"];
    const clip = ["-frames:v", "8", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"];
    const { success, stderr } = await new Deno.Command("ffmpeg", {
      args: [...source, ...clip, "proxy.mp4", "-frames:v", "8", "poster%d.jpg"],
      cwd: folder,
      stdout: "null",
      stderr: "piped",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    return {
      proxy: await Deno.readFile(join(folder, "proxy.mp4")),
      posters: await Promise.all(numbers.map((number) => Deno.readFile(join(folder, `poster${number}.jpg`)))),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function finishOne(agent: TestAgent, { posters, proxy }: Pictures): Promise<void> {
  const lease = await agent.lease();
  assert.ok(lease.spec.kind === "generate");
  const poster = await agent.upload(lease, posters[lease.spec.take.take % posters.length]!);
  // Those that the story plays.
  const clip = lease.spec.take.take <= 10 ? { proxy: await agent.upload(lease, proxy) } : {};
  const answer = await agent.complete(lease, { body: { poster, ...clip } });
  assert.ok(answer.ok, await answer.text());
}

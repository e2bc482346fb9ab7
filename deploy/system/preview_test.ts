import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { ffmpeg, input, makeProxy } from "../../agent/media/mod.ts";
import { makeCodedClip, openFolder } from "../../agent/media/testing.ts";
import type { TestAgent } from "../../gateway/testing/agent.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { mixAt } from "../../shared/edl/mod.ts";
import { type RateName, RATES } from "../../shared/time/rate.ts";
import { build } from "../../ui/build.ts";
import { openPage, tell } from "../testing/browser.ts";

/** Two shots whose frames carry their numbers, with sound, mixed over eight frames from frame 24 of the film on. */
const SHOTS = [
  {
    id: "ONE",
    first: 100,
    frames: 48,
    trim_in: 5,
    trim_out: 29,
    transition: { kind: "dissolve", frames: 8 },
  },
  { id: "TWO", first: 300, frames: 40, trim_in: 3, trim_out: 35 },
];
const [CUT, MIXED, TOTAL] = [24, 8, 56];
const FILMS: { fps: RateName; drop_frame: boolean; timecode: string }[] = [
  { fps: "23.976", drop_frame: false, timecode: "01:00:01:03" },
  { fps: "29.97", drop_frame: true, timecode: "01:00:00;27" },
];

Deno.test(
  {
    name: "the preview shows each frame that a render would, blends, sounds and runs by J, K and L",
    sanitizeResources: false,
    sanitizeOps: false,
  },
  async () => {
    await build();
    await using folder = await openFolder();
    await using studio = await openTestStudio();
    const url = await studio.serve();
    const agent = await studio.joinAgent();
    await using open = await openPage(`${url}/enter?token=${await studio.studio.auth.ownerLink()}`);
    const { page } = open;
    for (const { fps, drop_frame, timecode } of FILMS) {
      const project = await film(studio, agent, { fps, drop_frame }, folder.path);
      await tell(page, async () => {
        await page.goto(`${url}/p/${project}`);
        await page.getByRole("button", { name: "Preview", exact: true }).first().click();
        const preview = page.getByRole("dialog", { name: "Preview of the film" });
        await preview.waitFor();
        await page.keyboard.press("k");
        for (const frame of [0, 1, 22, 23, 24, 27, 31, 32, 33, TOTAL - 1]) {
          await seek(page, frame);
          await seen(page, expected(frame));
        }
        await page.keyboard.press("ArrowLeft");
        await seen(page, expected(TOTAL - 2));

        // In the middle of the change each bar is as light as its share of the two says, and so is the sound.
        await seek(page, 27);
        await seen(page, expected(27));
        assert.equal(await preview.getByLabel("Time").textContent(), timecode);
        const share = mixAt(27 - CUT, MIXED);
        const bars = await barsOf(page, join(folder.path, `${fps}.png`));
        const bit = (code: number, i: number) => (code >> i) % 2 * 255;
        for (const [i, light] of bars.entries()) {
          const due = bit(132, i) * (1 - share) + bit(306, i) * share;
          assert.ok(Math.abs(light - due) < 20, `bar ${i} is ${light} and should be ${due}`);
        }
        const volumes = await page.evaluate(() =>
          [...document.querySelectorAll<HTMLVideoElement>(".preview video")].map((it) => it.volume)
        );
        assert.equal(volumes.length, 2);
        assert.ok(volumes.every((volume) => volume > 0.2 && volume < 0.8));
        assert.ok(Math.abs(volumes[0]! + volumes[1]! - 1) < 0.02, "one goes down as the other comes up");

        await seek(page, 0);
        await page.keyboard.press("l");
        await page.waitForFunction(() => {
          const video = document.querySelector<HTMLVideoElement>('[data-shot="ONE"] video')!;
          return !video.paused && !video.muted && video.volume === 1;
        });
        await page.keyboard.press("l");
        await preview.getByText("2 ×").waitFor();
        await page.keyboard.press("k");
        await seek(page, 40);
        await page.keyboard.press("j");
        await page.waitForFunction(() =>
          Number(document.querySelector<HTMLInputElement>('[aria-label="Position"]')!.value) < 38
        );
        await page.keyboard.press("k");
        const stood = await preview.getByLabel("Position").inputValue();
        await page.keyboard.press("ArrowRight");
        assert.equal(await preview.getByLabel("Position").inputValue(), String(Number(stood) + 1));
      });
    }
    assert.deepEqual(open.complaints, []);
  },
);

/** Numbers that are seen at a frame of the film, by shot. */
function expected(frame: number): Record<string, number> {
  return {
    ...(frame < CUT + MIXED ? { ONE: 105 + frame } : {}),
    ...(frame >= CUT ? { TWO: 303 + frame - CUT } : {}),
  };
}

async function seek(page: Page, frame: number): Promise<void> {
  await page.getByLabel("Position").evaluate((field: HTMLInputElement, frame) => {
    field.value = String(frame);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, frame);
}

/** Waits until the pictures that can be seen are those: their bars, read from what the browser has decoded. */
async function seen(page: Page, due: Record<string, number>): Promise<void> {
  await page.waitForFunction((due) => {
    const shown: Record<string, number> = {};
    for (const frame of document.querySelectorAll<HTMLElement>(".preview .frame")) {
      const video = frame.querySelector("video");
      if (frame.style.visibility === "hidden" || !video) continue;
      if (video.seeking || video.readyState < 2) return false;
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [36, 1];
      const pen = canvas.getContext("2d")!;
      pen.drawImage(video, 0, video.videoHeight / 2, video.videoWidth, 2, 0, 0, 36, 1);
      const pixels = pen.getImageData(0, 0, 36, 1).data;
      let code = 0;
      for (let i = 0; i < 12; i++) if (pixels[(i * 3 + 1) * 4]! > 128) code |= 1 << i;
      shown[frame.dataset.shot!] = code;
    }
    return JSON.stringify(shown) === JSON.stringify(due);
  }, due).catch((cause) => {
    throw new Error(`The preview did not show ${JSON.stringify(due)}.`, { cause });
  });
}

/** How light each bar is on the screen, 0 to 255, from the left. */
async function barsOf(page: Page, png: string): Promise<number[]> {
  await page.locator(".preview .screen").screenshot({ path: png });
  const raw = `${png}.gray`;
  await ffmpeg([
    ...input(png),
    ...["-vf", "crop=iw:4:0:ih/2,scale=36:1:flags=area,format=gray", "-f", "rawvideo", `file:${raw}`],
  ]);
  const row = await Deno.readFile(raw);
  return Array.from({ length: 12 }, (_, i) => row[i * 3 + 1]!);
}

/** A film of the shots above with a take each; the project's id. */
async function film(
  studio: TestStudio,
  agent: TestAgent,
  { fps, drop_frame }: { fps: RateName; drop_frame: boolean },
  folder: string,
): Promise<string> {
  const rate = RATES[fps];
  const project = await studio.makeProject(`At ${fps}`, { fps, drop_frame, width: 384, height: 216 });
  const nodes = SHOTS.map(({ id, frames, first: _, ...more }, i) => ({
    ...{ id, type: "shot", title: id, shot: `SHOT-${id}`, position: { x: i * 400, y: 0 }, prompt: id },
    ...{ runner: "animatic", duration: frames, ...more },
  }));
  const edges = [["ONE", "TWO", "previous"], ["TWO", "film", "sequence"]].map(
    ([source, target, target_port], i) => ({ id: `e${i}`, source, source_port: "shot", target, target_port }),
  );
  const assembler = { id: "film", type: "assembler", title: "Film", position: { x: 800, y: 0 } };
  const ask = async (method: string, path: string, json: unknown) => {
    const answer = await studio.request(`/api/projects/${project.id}/${path}`, { method, json });
    assert.ok(answer.ok, await answer.text());
  };
  await ask("PUT", "canvas", { graph: { nodes: [...nodes, assembler], edges } });
  for (const { id, first, frames } of SHOTS) {
    await ask("POST", "jobs", { node_id: id });
    const lease = await agent.lease();
    const to = join(folder, `${fps}-${id}.mp4`);
    await makeCodedClip({ to, first, frames, rate, width: 384, height: 216, tone: first });
    const proxy = await agent.upload(lease, await Deno.readFile(await makeProxy(to, `${to}.proxy.mp4`)));
    const facts = { format: "mp4", width: 384, height: 216, frames, rate: `${rate.num}/${rate.den}` };
    const media = { ...facts, audio: true };
    const done = await agent.complete(lease, { bytes: await Deno.readFile(to), body: { media, proxy } });
    assert.equal(done.status, 204, await done.text());
  }
  return project.id;
}

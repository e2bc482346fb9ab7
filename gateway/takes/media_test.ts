import assert from "node:assert/strict";
import type { MediaFacts } from "../../shared/agents/protocol.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { checkMedia } from "./media.ts";
import { CLIP, STILL } from "./testing.ts";

const spec = (output: "image" | "video", fps: GenerateSpec["fps"] = "24") =>
  ({ output, fps, take: { name: "SHOT-010_v01_take01" } }) as GenerateSpec;

Deno.test("what was asked for is a take", () => {
  checkMedia(spec("image"), STILL, "png");
  checkMedia(spec("image"), { ...STILL, format: "jpeg" }, "jpg");
  checkMedia(spec("video"), CLIP, "mp4");
  checkMedia(spec("video"), { ...CLIP, rate: "48/2", format: "mov" }, "mov");
  checkMedia(spec("video", "23.976"), { ...CLIP, rate: "24000/1001" }, "mp4");
});

Deno.test("anything else is refused with what differs", () => {
  const cases: [GenerateSpec, MediaFacts, string, RegExp][] = [
    [spec("video"), STILL, "png", /it is a still \(png\), and a clip was asked for/],
    [spec("image"), CLIP, "mp4", /it is a clip \(mp4\), and a still was asked for/],
    [spec("image"), STILL, "jpg", /its content is png, and its name ends in \.jpg/],
    [spec("video"), { ...CLIP, format: "elf" }, "mp4", /its content is elf/],
    [spec("video"), { ...CLIP, format: "constructor" }, "mp4", /its content is constructor/],
    [spec("image"), { ...STILL, frames: 2 }, "png", /a still with 2 frames/],
    [spec("video"), { ...CLIP, rate: undefined }, "mp4", /without a frame rate/],
    [spec("video"), { ...CLIP, rate: "16/1" }, "mp4", /16\/1 frames per second, and the project at 24/],
    [spec("video", "23.976"), CLIP, "mp4", /and the project at 23\.976/],
    [spec("video"), { ...CLIP, rate: "0/0" }, "mp4", /0\/0 frames per second/],
  ];
  for (const [asked, media, extension, sentence] of cases) {
    assert.throws(() => checkMedia(asked, media, extension), sentence);
  }
});

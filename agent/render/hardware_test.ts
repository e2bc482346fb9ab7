import assert from "node:assert/strict";
import { videoEncoding } from "../media/mod.ts";
import { readCodes } from "../media/testing.ts";
import { transitionLines } from "../../shared/edl/mod.ts";
import type { PictureCodec } from "./codecs.ts";
import { candidates, hardwareCodec, tryEncoder } from "./hardware.ts";
import { inParallel } from "./pool.ts";
import type { Screen } from "./screen.ts";
import { Room, run } from "./testing_room.ts";

const never = new AbortController().signal;

for (const format of ["mp4-h264", "mp4-h265"] as const) {
  Deno.test(`each card's ${format} encoder is asked with words that ffmpeg knows, and one that cannot says why`, async () => {
    for (const codec of candidates(format)) {
      // Its own words are known only to an ffmpeg that has it.
      if (codec.name.endsWith("videotoolbox") && Deno.build.os !== "darwin") continue;
      const why = await tryEncoder(codec, never);
      if (why === null) continue;
      assert.doesNotMatch(
        why,
        /Unrecognized option|Option not found|Unable to parse|Error (parsing|setting) option/i,
      );
      assert.notEqual(why.trim(), "");
    }
  });
}

Deno.test("what is chosen really encodes, and a film comes out whole where no card does", async () => {
  const chosen = await hardwareCodec("mp4-h265");
  if (chosen) assert.equal(await tryEncoder(chosen, never), null);
  assert.equal(await hardwareCodec("mp4-h265"), chosen, "asked once");
  await using room = await Room.open("24");
  await room.take("A", 100, 20);
  const made = await room.render(room.list([room.event(1, "A", 3, 15, 0)]), { as: { format: "mp4-h265" } });
  assert.equal(made.made_with.encoder, chosen?.name ?? "h265");
  assert.deepEqual(await readCodes(made.file), run(103, 15));
});

const SCREEN: Screen = { rate: { num: 30_000, den: 1001 }, width: 1280, height: 720, aspect: [1, 1] };
const COLOURS = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv";

/** What each card is asked, word for word: no card is here to say whether it would be understood. */
const ASKED: Record<string, { before: string; words: string; frames: string }> = {
  h264_nvenc: {
    before: "",
    words: "-c:v h264_nvenc -profile:v high -preset p5 -rc vbr -cq 20 -b:v 0 -forced-idr 1 -bf 0 -g 30",
    frames: "yuv420p",
  },
  h264_videotoolbox: {
    before: "",
    words: "-c:v h264_videotoolbox -profile:v high -q:v 65 -allow_sw 0 -bf 0 -g 30",
    frames: "yuv420p",
  },
  h264_qsv: {
    before: "",
    words: "-c:v h264_qsv -profile:v high -global_quality 20 -preset medium -bf 0 -g 30",
    frames: "nv12",
  },
  h264_vaapi: {
    before: "-vaapi_device /dev/dri/renderD128",
    words: "-c:v h264_vaapi -profile:v high -qp 20 -bf 0 -g 30",
    frames: "nv12 hwupload",
  },
  hevc_nvenc: {
    before: "",
    words: "-c:v hevc_nvenc -tag:v hvc1 -preset p5 -rc vbr -cq 20 -b:v 0 -forced-idr 1 -bf 0 -g 30",
    frames: "yuv420p",
  },
  hevc_videotoolbox: {
    before: "",
    words: "-c:v hevc_videotoolbox -tag:v hvc1 -q:v 65 -allow_sw 0 -bf 0 -g 30",
    frames: "yuv420p",
  },
  hevc_qsv: {
    before: "",
    words: "-c:v hevc_qsv -tag:v hvc1 -global_quality 20 -preset medium -bf 0 -g 30",
    frames: "nv12",
  },
  hevc_vaapi: {
    before: "-vaapi_device /dev/dri/renderD128",
    words: "-c:v hevc_vaapi -tag:v hvc1 -qp 20 -bf 0 -g 30",
    frames: "nv12 hwupload",
  },
};

Deno.test("each card is asked in its own words: no reordered frames, a key frame a second, quality and not a bit rate", () => {
  const asked = Object.fromEntries(
    [...candidates("mp4-h264"), ...candidates("mp4-h265")].map((codec) => [codec.name, {
      before: (codec.before ?? []).join(" "),
      words: codec.words(SCREEN, 2).join(" ").replace(` ${COLOURS}`, ""),
      frames: [codec.pixelFormat, codec.upload ?? ""].join(" ").trim(),
    }]),
  );
  assert.deepEqual(asked, ASKED);
  for (const codec of candidates("mp4-h264")) assert(codec.words(SCREEN, 2).join(" ").endsWith(COLOURS));
});

Deno.test("a card that fails at its first frames is given up for the processor, and the film says so", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 20);
  const failing = await inParallel(
    candidates("mp4-h265"),
    2,
    async (codec) => await tryEncoder(codec, never) === null ? [] : [codec],
    never,
  );
  // No machine has the cards of all.
  const codec = failing.flat()[0]!;
  const made = await room.render(room.list([room.event(1, "A", 3, 15, 0)]), {
    as: { format: "mp4-h265" },
    hardware: () => Promise.resolve(codec),
  });
  assert.equal(made.made_with.encoder, "h265");
  const { encoder, why } = made.made_with.encoder_gave_up as { encoder: string; why: string };
  assert.equal(encoder, codec.name);
  assert.match(why, /\S/);
  const says = `The card's encoder ${codec.name} gave up, the processor goes on: `;
  assert(room.progress.some(({ stage }) => stage.startsWith(says)));
  assert.deepEqual(await readCodes(made.file), run(103, 15));
});

Deno.test("frames in a card's own form go through cuts, a dissolve, a wipe and words, and its pieces follow one another", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 60);
  await room.take("B", 300, 60);
  // A processor's encoder, asked as the cards are that take their frames in two planes and from their own memory.
  const [qsv, vaapi] = candidates("mp4-h265").slice(2) as [PictureCodec, PictureCodec];
  const words = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:info=0"];
  const card: PictureCodec = {
    ...vaapi,
    ...{ name: "hevc_card", before: [], upload: "copy" },
    words: (
      screen,
      threads,
    ) => [
      ...words,
      ...qsv.words(screen, threads).slice(2).filter((it) =>
        !/^(-global_quality|20|-preset|medium)$/.test(it)
      ),
    ],
  };
  assert.equal(await tryEncoder(card, never), null);
  const first = room.event(1, "A", 3, 30, 0);
  const second = room.event(2, "B", 5, 30, 30, { transition: { kind: "dissolve", frames: 6 } });
  const third = room.event(3, "A", 10, 20, 60, { transition: { kind: "wipe", pattern: 1, frames: 6 } });
  const list = room.list([first, ...transitionLines(second, first), ...transitionLines(third, second)]);
  const due = [...run(103, 30), null, ...run(311, 24), null, ...run(116, 14)];
  for (const burn_in of [false, true]) {
    const made = await room.render(list, {
      as: { format: "mp4-h265", burn_in },
      hardware: () => Promise.resolve(card),
    });
    assert.deepEqual([made.made_with.encoder, made.made_with.encoder_gave_up], ["hevc_card", undefined]);
    const codes = await readCodes(made.file);
    assert.equal(codes.length, 80);
    // Where two are mixed their bars cannot be read.
    const [a, b, c] = [codes.slice(0, 30), codes.slice(36, 60), codes.slice(66)];
    assert.deepEqual([...a, null, ...b, null, ...c], due);
  }
});

Deno.test("a film of a foreign take and one frame of ours is encoded by one encoder, card or not", async () => {
  await using room = await Room.open("24");
  const ours = [...videoEncoding(room.rate), "-g", "24", "-sc_threshold", "0"];
  await room.take("A", 100, 60, { encoding: ours });
  await room.take("B", 300, 60, { encoding: ["-c:v", "mpeg4", "-q:v", "2"] });
  const card: PictureCodec = {
    ...candidates("mp4-h264").at(-1)!,
    ...{ name: "h264_card", before: [], upload: "copy" },
    words: () => ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
  };
  const list = room.list([room.event(1, "A", 5, 1, 0), room.event(2, "B", 3, 20, 1)]);
  const made = await room.render(list, {
    hardware: () => Promise.resolve(card),
  });
  assert.deepEqual(await readCodes(made.file), [105, ...run(303, 20)]);
});

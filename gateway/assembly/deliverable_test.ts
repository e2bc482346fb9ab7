import assert from "node:assert/strict";
import type { Export } from "../../shared/api/work.ts";
import { creditsFrames } from "../../shared/jobs/credits.ts";
import { RenderOptions } from "../../shared/jobs/film.ts";
import { RATES } from "../../shared/time/rate.ts";
import { openTestStudio } from "../testing/studio.ts";
import { creditsOf, demandOf, formatOfExport } from "./deliverable.ts";
import { film, put, readJson, reportOf, shoot } from "./testing.ts";

const PROJECT = { title: "The Film", fps: "24" as const };

Deno.test("end titles are the film's name, the text line by line, and the machines by what they made", () => {
  const takes = ["Attic", "Cellar", "Attic", null].map((agent) => ({ sidecar: { agent } }));
  const asked = (credits: RenderOptions["credits"]) => RenderOptions.parse({ credits });
  const text = "Directed by\r\n  A. Person \n\n";
  assert.deepEqual(creditsOf(PROJECT, asked({ text, lenders: true }), takes), {
    lines: ["The Film", "", "Directed by", "A. Person", "", "Made on machines lent by", "Attic", "Cellar"],
    frames: creditsFrames(8, RATES["24"]),
  });
  assert.deepEqual(creditsOf(PROJECT, asked({ text: "", lenders: false }), takes)!.lines, ["The Film"]);
  const given = [{ name: "Mira", seconds: 11_520 }, { name: "Jonas", seconds: 700 }];
  assert.deepEqual(creditsOf(PROJECT, asked({ text: "", lenders: true }), takes, given)!.lines.slice(2), [
    "Made on machines lent by",
    "Mira, 3.2 hours",
    "Jonas, 12 minutes",
  ]);
  const nameless = [{ name: null, seconds: 5000 }];
  assert.deepEqual(
    creditsOf(PROJECT, asked({ text: "", lenders: true }), takes, nameless)!.lines,
    ["The Film"],
    "who wants no name has none, nor has their machine",
  );
  const givers = [{ name: "Mira", amount: 2_500 }, { name: null, amount: 9_000 }, {
    name: "Jonas",
    amount: 1_000,
  }];
  assert.deepEqual(
    creditsOf(PROJECT, asked({ text: "", lenders: true }), [], given, givers)!.lines.slice(5),
    [
      "",
      "With credits given by",
      "Mira, 2.5 credits",
      "Jonas, 1 credit",
    ],
  );
  assert.equal(creditsOf(PROJECT, RenderOptions.parse({}), takes), null);
  const still = RenderOptions.parse({ format: "poster", credits: { text: "x" } });
  assert.equal(creditsOf(PROJECT, still, takes), null, "a still has no end");
  const long = asked({ text: "line\n".repeat(300), lenders: false });
  assert.throws(() => creditsOf(PROJECT, long, takes), /have 302 lines and 200 are the most/);
});

Deno.test("films of before their format was kept say it by their ending; heavier formats ask for more", () => {
  assert.equal(formatOfExport({ format: null, path: "06_Exports/A_v001.mov" }), "mov-prores");
  assert.equal(formatOfExport({ format: "mov-dnxhr", path: "06_Exports/A_v001.mov" }), "mov-dnxhr");
  const film = {
    frames: 2400,
    timeline: { title: "", rate: RATES["24"], drop: false, comments: [], events: [] },
  };
  const size = { width: 1920, height: 1080 };
  const of = (format: RenderOptions["format"]) => demandOf(size, RenderOptions.parse({ format }), film, 1e9);
  assert(of("mov-prores").disk_mb > of("mp4-h264").disk_mb);
  assert(of("mp4-h265").max_run_s > of("mp4-h264").max_run_s);
  assert(of("contact-sheet").cost_s < of("mp4-h264").cost_s);
});

Deno.test("a film is asked for in a format with end titles, and what an agent brings is held against it", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("The Film");
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const ask = async (options: object) => {
    const answer = await studio.request(`/api/projects/${project.id}/renders`, {
      method: "POST",
      json: { assembler: "vse", options },
    });
    return { status: answer.status, ...await answer.json() as { export: Export; detail?: string } };
  };
  assert.equal((await ask({ format: "gif" })).status, 400);
  assert.equal((await ask({ loudness: -20 })).status, 400);
  const titled = await ask({
    ...{ format: "mp4-h265", loudness: -16, watermark: "For review" },
    credits: { text: "Directed by\nA. Person" },
  });
  assert.equal(titled.status, 202);
  const lease = await agent.lease();
  assert(lease.spec.kind === "assemble" && lease.spec.credits);
  assert.equal(lease.spec.options?.loudness, -16);
  assert.equal(lease.spec.credits.lines.includes("A. Person"), true);
  const frames = 64 + lease.spec.credits.frames;
  assert.equal(titled.export.frames, frames);
  assert.equal(titled.export.format, "mp4-h265");
  const plain = await agent.complete(lease, reportOf(lease, frames));
  assert.match((await plain.json()).detail, /it is encoded as h264, not MP4 · H.265/);
  const right = reportOf(lease, frames).body;
  const done = await agent.complete(lease, { body: { media: { ...right.media, codec: "hevc" } } });
  assert.equal(done.status, 204, await done.text());

  const sheet = await ask({ format: "contact-sheet" });
  const second = await agent.lease();
  const { spec: { width, height } } = second;
  const picture = {
    format: "png",
    width: width * 2,
    height: height * 2,
    frames: 1,
    codec: "png",
    audio: false,
  };
  const made = await agent.complete(second, {
    body: {
      media: picture,
      file: { ...await agent.upload(second, new TextEncoder().encode("a sheet")), extension: "png" },
    },
  });
  assert.equal(made.status, 204, await made.text());
  const row = await readJson<Export>(studio, `/api/projects/${project.id}/renders/${sheet.export.id}`);
  assert.match(row.path, /\.png$/);
  assert.notEqual(row.oid, null);
});

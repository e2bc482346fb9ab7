import assert from "node:assert/strict";
import type { AudioTrack, Graph } from "../../shared/canvas/graph.ts";
import { hasSound, parseEdl, soundReel } from "../../shared/edl/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import { fileAsset, upload } from "../assets/testing.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { film, put, readJson, render, shoot } from "./testing.ts";

/** A second of silence, so that it is sound by its content. */
const WAV = new Uint8Array(44 + 8000);
WAV.set(new TextEncoder().encode("RIFF"), 0);
WAV.set(new TextEncoder().encode("WAVEfmt "), 8);

async function sound(studio: TestStudio, project: ProjectRow, name: string) {
  const pointer = await upload(studio, project, WAV);
  const answer = await fileAsset(studio, project, { folder: "Audio", name, ...pointer }, "artist");
  assert.equal(answer.status, 201, await answer.clone().text());
  const { path, oid, size } = await answer.json();
  return { path, oid, size };
}

/** The film with fields of its nodes set. */
function edited(fields: Record<string, object>): Graph {
  const graph = film();
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, ...fields[node.id] })) } as Graph;
}

Deno.test("a film with sound, speed, a wipe and black is one list, whose render gets the sound files too", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("The Cut", { pixel_aspect: "64:45", width: 720, height: 576 });
  const agent = await studio.joinAgent();
  const file = await sound(studio, project, "Theme & sea.wav");
  const tracks: AudioTrack[] = [{
    name: "Music",
    level: -2,
    clips: [{ id: "a", file, at: 6, from: 0, frames: 48, level: -4.5, fade_in: 12 }],
  }];
  await put(
    studio,
    project,
    edited({
      s1: { trim_out: 20, transition: { kind: "wipe", pattern: 119, frames: 4 }, note: "Darker\nslower" },
      s2: { speed: 50, gap: 12, sound: { muted: true } },
      s3: { from_black: { kind: "dissolve", frames: 6 } },
      vse: { tracks, fade_out: 5 },
    }),
  );
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const base = `/api/projects/${project.id}/assemblers/vse`;
  const edl = await studio.request(`${base}/edl`);
  const list = parseEdl(await edl.text(), RATES["24"]);
  const told = JSON.parse(edl.headers.get("not-carried")!);
  assert.ok(
    told.some((sentence: string) => sentence.startsWith("2 levels and fades of sound stand in remarks")),
  );
  assert.deepEqual(list.events.filter((it) => it.record.out > it.record.in).map((it) => it.channels), [
    ...["B", "V", "V", "B", "V", "A2"],
  ]);
  const [music] = list.events.filter((it) => it.channels === "A2");
  assert.ok(music!.comments.some((text) => text.startsWith("AUDIO LEVEL AT 01:00:00:06 IS -6.50 DB")));
  const { items } = await readJson<{ items: { format: string; not_carried: string[] }[] }>(
    studio,
    `${base}/lists`,
  );
  assert.deepEqual(items.map((each) => each.format), ["cmx", "resolve", "premiere", "otio", "fcpxml"]);
  const xml = await studio.request(`${base}/fcpxml`);
  assert.equal(xml.headers.get("content-type"), "application/xml");
  assert.match(await xml.text(), /paspH="64" paspV="45"[\s\S]*SMPTE Wipe 119/);

  await render(studio, project);
  const { spec } = await agent.lease();
  assert(spec.kind === "assemble");
  assert.equal(spec.pixel_aspect, "64:45");
  assert.ok(parseEdl(spec.edl, RATES["24"]).events.some(hasSound));
  assert.deepEqual(spec.inputs.filter((each) => each.kind === "audio"), [{
    ...{ name: soundReel(file.oid), oid: file.oid, size: WAV.length, file_name: "Theme & sea.wav" },
    ...{ timecode_start: 0, frames: 0, kind: "audio" },
  }]);
});

Deno.test("a sound that the project does not hold is named, and so are two at once on one track", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  const file = { path: "01_Assets/Audio/Gone.wav", oid: "f".repeat(64), size: 10 };
  const clip = { id: "a", file, at: 0, from: 0, frames: 48 };
  await put(studio, project, edited({ vse: { tracks: [{ name: "Music", clips: [clip] }] } }));
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const refused = async () => {
    const body = { method: "POST", json: { assembler: "vse" } };
    const answer = await studio.request(`/api/projects/${project.id}/renders`, body);
    assert.equal(answer.status, 422);
    return (await answer.json()).detail;
  };
  assert.match(await refused(), /The project does not hold Gone\.wav; upload it again under Audio/);
  const clips = [clip, { ...clip, id: "b", at: 40 }];
  await put(studio, project, edited({ vse: { tracks: [{ name: "Music", clips }] } }));
  assert.match(await refused(), /On the track "Music", Gone\.wav begins 8 frames before Gone\.wav ends/);
});

Deno.test("a drop-frame film counts so in its list, its project.json and its takes, and only at rates that can", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("Broadcast", { fps: "29.97", drop_frame: true });
  await put(studio, project, film());
  const asked = await studio.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "s1" },
  });
  assert.equal(asked.status, 202, await asked.text());
  const agent = await studio.joinAgent();
  const { spec } = await agent.lease();
  assert(spec.kind === "generate" && spec.drop_frame === true);
  await studio.studio.git.settle(project.id);
  const manifest = new TextDecoder().decode((await studio.studio.git.readFile(project, "project.json"))!);
  assert.match(manifest, /"drop_frame": true,/);
  const at24 = { title: "Film", fps: "24", drop_frame: true };
  const refused = await studio.request("/api/projects", { method: "POST", json: at24 });
  assert.equal(refused.status, 400);
  assert.match(JSON.stringify(await refused.json()), /29\.97 and 59\.94/);
});

Deno.test("rubbish lists get a clear answer each, and change nothing", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const conform = async (text: string) => {
    const path = `/api/projects/${project.id}/assemblers/vse/conform`;
    const answer = await studio.request(path, { method: "POST", json: { text } });
    return { status: answer.status, body: await answer.json() };
  };
  const before = await readJson<{ version: number }>(studio, `/api/projects/${project.id}/canvas`);
  const line = (number: number, name: string, at: number, frames = 10) => {
    const clock = (frame: number) =>
      [Math.floor(frame / 86_400), Math.floor(frame / 1440) % 60, Math.floor(frame / 24) % 60, frame % 24]
        .map((it) => String(it).padStart(2, "0")).join(":");
    return `${number}  AX V C  00:00:00:00 ${clock(frames)} ${clock(86_400 + at)} ${
      clock(86_400 + at + frames)
    }\n` +
      `* FROM CLIP NAME: ${name}`;
  };

  // Latin-1 that a browser has decoded, with the line ends of Windows.
  const windows = await conform(
    ["TITLE: Schnitt für Köln", line(1, "Müller.mov", 0)].join("\n").replaceAll("\n", "\r\n"),
  );
  assert.deepEqual([windows.status, windows.body.unmatched[0].name], [200, "Müller.mov"]);

  const many = Array.from({ length: 1200 }, (_, i) => line(i + 1, `clip${i}.mov`, i * 10)).join("\n");
  const long = await conform(many);
  assert.deepEqual([long.status, long.body.unmatched.length, long.body.changes.length], [200, 1200, 0]);

  const names = [
    "--output=/etc/passwd",
    "http://example.com/x.mp4",
    "file:///etc/passwd",
    "../../x",
    "'; drop table",
    "|ls",
  ];
  const odd = await conform(names.map((name, i) => line(i + 1, name, i * 10)).join("\n"));
  assert.equal(odd.status, 200);
  assert.deepEqual(odd.body.unmatched.map((each: { name: string }) => each.name), names);

  const empty = await conform(
    line(1, "SHOT-010_v01_take01.mp4", 0, 0) + "\n" + line(2, "SHOT-020_v01_take01.mp4", 0),
  );
  assert.equal(empty.status, 200);
  assert.ok(empty.body.changes.some((each: { sentence: string }) => /SHOT-010 leaves/.test(each.sentence)));

  const own = (at: number) =>
    line(1, "SHOT-010_v01_take01", at).replace("00:00:00:00 00:00:00:10", "01:00:00:00 01:00:00:10");
  const edl = [own(0), own(4)].join("\n");
  const overlap = await studio.request(`/api/projects/${project.id}/renders`, {
    method: "POST",
    json: { assembler: "vse", edl },
  });
  assert.equal(overlap.status, 422);
  assert.match((await overlap.json()).detail, /^Line 3: .*begins 6 frames before .* ends on the film/);

  for (
    const [text, says] of [
      ["\x89PNG\r\n", /no events/],
      ["{", /is not JSON/],
      ["<fcpxml", /^Line 1: it is not well-formed XML/],
      [
        "001 AX V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:24",
        /^Line 1: expected a timecode for the record out/,
      ],
    ] as const
  ) {
    const answer = await conform(text);
    assert.deepEqual([answer.status, says.test(answer.body.detail)], [422, true], answer.body.detail);
  }
  const after = await readJson<{ version: number }>(studio, `/api/projects/${project.id}/canvas`);
  assert.equal(after.version, before.version);
});

import assert from "node:assert/strict";
import { ProblemError } from "../../shared/http/problem.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import type { JobRow } from "./mod.ts";
import { addTaker, deliver, draw, forgetRoster, leaseOf, openJobStudio } from "./testing.ts";

function specOf(job: JobRow): GenerateSpec {
  assert.ok(job.spec.kind === "generate");
  return job.spec;
}
const refused = (code: string, sentence: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ProblemError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, sentence);
  return true;
};

Deno.test("submitting a canvas node", async (t) => {
  await using studio = await openJobStudio();
  const { jobs, lfs, takes, db } = studio.studio;
  const project = await studio.makeProject("The Lighthouse Keeper", { width: 1920, height: 1080 });
  const submit = (node_id: string, more: object = {}) =>
    jobs.submit(project, studio.owner, { node_id, takes: 1, version_up: false, ...more });
  const tower = await addTaker(studio, {
    capabilities: [
      "flux-image@low",
      "flux-image@standard",
      "flux-image@high",
      "wan-video@standard",
      "flux-fill@standard",
    ],
  });

  await t.step("gives an agent everything it needs, resolved", async () => {
    await draw(studio, project, [
      {
        id: "keeper",
        type: "asset",
        title: "The Keeper",
        kind: "character",
        description: "an old man in oilskins",
      },
      { id: "look", type: "pipeline", params: { steps: 30, sampler: "heun" } },
      {
        id: "still",
        type: "generate_image",
        title: "Lamp room",
        prompt: "He trims the wick",
        params: { steps: 12 },
      },
    ], [["keeper", "asset", "still", "assets"], ["look", "pipeline", "still", "pipeline"]]);
    const [job] = await submit("still", { takes: 1 });
    const spec = specOf(job!);
    assert.deepEqual(
      [job!.state, job!.runner, job!.tier, job!.capability, job!.fallback],
      ["queued", "flux-image", "standard", "flux-image@standard", null],
    );
    assert.equal(job!.title, "Lamp room, take 1");
    assert.deepEqual(job!.take, { shot: "STILL", version: 1, take: 1, name: "STILL_v01_take01" });
    assert.equal(spec.params.prompt, "He trims the wick\nThe Keeper (character): an old man in oilskins");
    assert.deepEqual([spec.params.steps, spec.params.sampler], [12, "heun"], "the node outdoes its pipeline");
    const { width, height } = spec.params as { width: number; height: number };
    assert.ok(width * height <= 1024 * 1024 && width % 16 === 0 && Math.abs(width / height - 16 / 9) < 0.05);
    assert.deepEqual([spec.width, spec.height, spec.fps], [1920, 1080, "24"]);
    assert.match(spec.reel, /^[A-Z0-9]{8}$/);
    assert.ok(Number.isInteger(spec.params.seed));
  });

  await t.step("variations have numbers, seeds, timecodes and reels of their own", async () => {
    const made = await submit("still", { takes: 5 });
    const specs = made.map(specOf);
    assert.deepEqual(made.map((job) => job.take!.take), [2, 3, 4, 5, 6]);
    for (const field of ["reel", "timecode_start"] as const) {
      assert.equal(new Set(specs.map((spec) => spec[field])).size, 5, field);
    }
    assert.equal(new Set(specs.map((spec) => spec.params.seed)).size, 5);
    const [up] = await submit("still", { version_up: true });
    assert.equal(up!.take!.name, "STILL_v02_take01");
  });

  await t.step("a locked seed is the seed", async () => {
    await draw(studio, project, [{ id: "still", type: "generate_image", seed: 7, seed_locked: true }]);
    const made = await submit("still", { takes: 2 });
    assert.deepEqual(made.map((job) => specOf(job).params.seed), [7, 7]);
  });

  await t.step("quotes, newlines and emoji in a prompt arrive as they are", async () => {
    const prompt = `"';--\n$(rm -rf /) \u{1F56F}\u{FE0F} \\ 灯台`;
    await draw(studio, project, [{ id: "still", type: "generate_image", prompt }]);
    const [job] = await submit("still");
    assert.equal(specOf(await jobs.find(project.tenant_id, job!.id)).params.prompt, prompt);
  });

  await t.step("a shot's frames are those the model can make, and cover it", async () => {
    await draw(studio, project, [{ id: "shot-010", type: "shot", duration: 96 }]);
    const [job] = await submit("shot-010");
    const { params } = specOf(job!);
    assert.deepEqual([params.frames, params.fps], [65, 16]);
  });

  await t.step("a size or length beyond the tier is refused with what to change", async () => {
    await draw(studio, project, [
      { id: "still", type: "generate_image", title: "Poster", width: 2048, height: 1024 },
      { id: "shot-010", type: "shot", title: "The storm", duration: 150 },
    ]);
    await assert.rejects(
      submit("still"),
      refused(
        "over_tier",
        /"Poster" asks for 2048 x 1024 \(2\.1 MP\); FLUX Image at Standard makes at most 1\.0 MP\. Make it \d+ x \d+, or generate at High\./,
      ),
    );
    await assert.rejects(
      submit("shot-010"),
      refused(
        "over_tier",
        /"The storm" is 150 frames long; Wan Video at Standard makes at most 121\. Shorten it, or generate at High\./,
      ),
    );
    const [high] = await submit("still", { tier: "high" });
    assert.deepEqual([specOf(high!).params.width, specOf(high!).params.height], [2048, 1024]);
  });

  await t.step("what can't be made is refused in words for the artist", async () => {
    await draw(studio, project, [
      { id: "note", type: "note", title: "Remember" },
      { id: "empty", type: "generate_image", title: "Nothing yet", prompt: "" },
      { id: "wrong", type: "generate_image", title: "Wrong", params: { steps: 500 } },
      { id: "choice", type: "generate_image", title: "Choice", params: { sampler: "magic" } },
      { id: "gone", type: "generate_image", title: "Gone", runner: "sd-9" },
      { id: "other", type: "generate_image", title: "Other", runner: "wan-video" },
    ]);
    await assert.rejects(submit("nowhere"), refused("not_found", /no node "nowhere"/));
    await assert.rejects(submit("note"), refused("unprocessable", /"Remember" is a note node/));
    await assert.rejects(
      submit("empty"),
      refused("unprocessable", /"Nothing yet" has no prompt; FLUX Image needs it/),
    );
    await assert.rejects(submit("wrong"), refused("unprocessable", /Steps must be at most 50, not 500/));
    await assert.rejects(
      submit("choice"),
      refused("unprocessable", /Sampler must be one of euler, heun, not "magic"/),
    );
    await assert.rejects(submit("gone"), refused("unprocessable", /"sd-9", which this studio does not have/));
    await assert.rejects(submit("other"), refused("unprocessable", /Wan Video cannot make "Other"/));
    const [row] = await db
      .sql`select count(*) as n from take_counters where shot in ('EMPTY', 'WRONG', 'GONE')`;
    assert.equal(row!.n, 0, "no number was used up");
  });

  await t.step("what a runner has no use for is left out, and said", async () => {
    await draw(studio, project, [{ id: "still", type: "generate_image", params: { motion: 3 } }]);
    const [job] = await submit("still");
    assert.equal("motion" in specOf(job!).params, false);
    const story = await jobs.story(job!.id);
    assert.ok(story.some((line) => line.sentence === "FLUX Image has no use for motion; left out."));
  });

  await t.step("a wired picture must be there; then its active take goes along", async () => {
    const mask = await lfs.store(project, new TextEncoder().encode("\x89PNG\r\n\x1a\nmask"));
    await draw(studio, project, [
      { id: "plate", type: "generate_image", title: "Plate" },
      { id: "fix", type: "edit_image", title: "Fix", mask: { path: "01_Assets/Images/m.png", ...mask } },
      { id: "bare", type: "edit_image", title: "Bare" },
    ], [["plate", "image", "fix", "source"]]);
    await assert.rejects(
      submit("fix"),
      refused("unprocessable", /"Plate" feeds "Fix" and has no take yet; generate it first/),
    );
    await assert.rejects(
      submit("bare"),
      refused("unprocessable", /"Bare" has no source, which FLUX Fill needs; wire a picture/),
    );
    await db.sql`update jobs set state = 'cancelled', finished_at = now() where state = 'queued'`;
    await submit("plate");
    await deliver(studio, (await jobs.take(tower))!);
    const take = (await takes.active(db.sql, project.id, ["plate"])).get("plate")!;
    const [job] = await submit("fix");
    const spec = specOf(job!);
    assert.deepEqual(spec.inputs, [
      { name: "source", oid: take.oid, size: take.size, file_name: `${take.name}.png` },
      { name: "mask", oid: mask.oid, size: mask.size, file_name: "m.png" },
    ]);
    assert.deepEqual(
      [spec.params.width, spec.params.height],
      [1024, 1024],
      "an edit keeps its source's size",
    );

    const leased = (await jobs.take(tower))!;
    const lease = await jobs.leaseView(leased, "http://studio.test/");
    assert.equal(lease.lease, leaseOf(leased));
    assert.deepEqual(lease.inputs.map((each) => each.name), ["source", "mask"]);
    assert.ok(lease.inputs.every((each) => URL.canParse(each.url)));
    assert.equal(lease.lfs.url, `http://studio.test/git/${project.tenant_slug}/${project.slug}.git/info/lfs`);
    assert.match(lease.lfs.authorization, /^Bearer /);
    assert.equal(await jobs.leaseHolds(db.sql, leased.id, leased.lease_token), true);
    assert.equal(await jobs.leaseHolds(db.sql, leased.id, leased.lease_token + 1), false);
    await jobs.cancel(project, leased.id, "test");
  });

  await t.step(
    "a shot that starts from a picture gets a runner that can, within its longest side",
    async () => {
      const wide = await studio.makeProject("Wide", { width: 2048, height: 858 });
      await draw(studio, wide, [
        { id: "plate", type: "generate_image", title: "Plate" },
        { id: "shot-010", type: "shot" },
        { id: "shot-020", type: "shot" },
      ], [["plate", "image", "shot-010", "image"]]);
      const submitWide = (node_id: string) =>
        jobs.submit(wide, studio.owner, { node_id, takes: 1, version_up: false });
      await assert.rejects(submitWide("shot-010"), refused("unprocessable", /"Plate" feeds "shot-010"/));
      await db.sql`update jobs set state = 'cancelled', finished_at = now() where state = 'queued'`;
      await submitWide("plate");
      await deliver(studio, (await jobs.take(tower))!);
      const [job] = await submitWide("shot-010");
      assert.equal(job!.runner, "wan-from-image");
      assert.deepEqual(specOf(job!).inputs.map((each) => each.name), ["image"]);
      const { width, height } = specOf(job!).params as { width: number; height: number };
      assert.ok(width <= 1280 && width * height <= 901_120, `${width} x ${height}`);
      assert.equal((await submitWide("shot-020"))[0]!.runner, "wan-video");
    },
  );

  await t.step("an asset's picture that is not in the store is refused", async () => {
    await draw(studio, project, [
      {
        id: "ref",
        type: "asset",
        title: "Ref",
        images: [{ path: "01_Assets/Images/r.png", oid: "a".repeat(64), size: 3 }],
      },
      { id: "fix", type: "edit_image", title: "Fix", mask: { path: "m.png", oid: "b".repeat(64), size: 3 } },
    ], [["ref", "asset", "fix", "source"]]);
    await assert.rejects(
      submit("fix"),
      refused("unprocessable", /"Fix" uses r\.png, whose content is not in this project's store/),
    );
  });
});

Deno.test("falling back, never silently", async (t) => {
  await using studio = await openJobStudio();
  const { jobs, db } = studio.studio;
  const project = await studio.makeProject("Harbour", { quality: "high" });
  const submit = (node_id: string, more: object = {}) =>
    jobs.submit(project, studio.owner, { node_id, takes: 1, version_up: false, ...more });
  await draw(studio, project, [
    { id: "still", type: "generate_image", title: "Lamp room" },
    { id: "named", type: "generate_image", title: "Named", runner: "flux-image" },
    { id: "shot-010", type: "shot", title: "The storm", duration: 150 },
  ]);
  const waitingOf = async (job: JobRow) => (await jobs.view([job]))[0]!.waiting!;

  await t.step("with no agent at all a job waits, and says for what", async () => {
    const [job] = await submit("still");
    assert.deepEqual([job!.tier, job!.fallback], ["high", null]);
    assert.deepEqual(await waitingOf(job!), {
      reason: "no_agent",
      sentence: "Needs flux-image at High (22 GB); no agent is online.",
    });
  });

  await t.step("with only animatic online, a node without a runner gets a card and is told so", async () => {
    const cpu = await addTaker(studio, {
      agent_name: "CPU",
      vram_mb: 0,
      capabilities: ["animatic@high", "animatic-still@high", "animatic-still@standard"],
    });
    const [card] = await submit("still");
    assert.equal(card!.runner, "animatic-still");
    assert.ok(
      (await jobs.story(card!.id)).some((line) =>
        line.kind === "runner" && /No agent online can make FLUX Image/.test(line.sentence)
      ),
    );
    const [named] = await submit("named");
    assert.equal(named!.runner, "flux-image", "a runner that was named is never replaced");
    assert.deepEqual(await waitingOf(named!), {
      reason: "vram",
      sentence: "Needs flux-image at High (22 GB); no agent online has a card.",
    });
    assert.equal((await jobs.take(cpu))!.id, card!.id);

    await db.sql`update agents set paused = true where name = 'CPU'`;
    await forgetRoster(studio.studio);
    const [later] = await submit("still");
    assert.equal(
      later!.runner,
      "animatic-still",
      "while it is paused, too: nobody makes the default when it goes on",
    );
    await jobs.cancel(project, later!.id, "test");
    await db.sql`update agents set paused = false where name = 'CPU'`;
    await forgetRoster(studio.studio);
  });

  await t.step("a 16 GB card makes High at Standard: on the job, in its story and in a notice", async () => {
    await addTaker(studio, {
      agent_name: "Laptop",
      vram_mb: Math.round(15.6 * 1024),
      capabilities: ["flux-image@low", "flux-image@standard", "wan-video@low", "wan-video@standard"],
    });
    const [job] = await submit("still");
    const sentence = "High asked, made at Standard: the largest card online has 16 GB.";
    assert.deepEqual([job!.tier_requested, job!.tier, job!.fallback], ["high", "standard", sentence]);
    assert.equal(specOf(job!).tier, "standard");
    assert.ok(
      (await jobs.story(job!.id)).some((line) => line.kind === "fallback" && line.sentence === sentence),
    );
    const notices = await db.sql`select level, sentence, node_id from notices where job_id = ${job!.id}`;
    assert.deepEqual(notices.map((each) => ({ ...each })), [
      { level: "attention", sentence: `Lamp room: ${sentence}`, node_id: "still" },
    ]);
  });

  await t.step("a shot that the lower tier could not hold waits for the tier that can", async () => {
    const [job] = await submit("shot-010");
    assert.deepEqual([job!.tier, job!.runner], ["high", "wan-video"]);
  });

  await t.step("a project that would rather wait, waits", async () => {
    const patient = await studio.studio.projects.update(project, { fallback: "wait" }, "test");
    const [job] = await jobs.submit(patient, studio.owner, { node_id: "named", takes: 1, version_up: false });
    assert.deepEqual([job!.tier, job!.fallback], ["high", null]);
    assert.deepEqual(await waitingOf(job!), {
      reason: "vram",
      sentence: "Needs flux-image at High (22 GB); no card that large is online.",
    });
  });

  await t.step("paused, suspended or other people's agents are no reason to fall back onto", async () => {
    await db.sql`update agents set paused = true`;
    await forgetRoster(studio.studio);
    const [patient] = await submit("still", { tier: "standard" });
    assert.equal(patient!.runner, "flux-image", "a card that can make it goes on again");
    await jobs.cancel(project, patient!.id, "test");
    await db.sql`update agents set paused = false where name != 'Laptop'`;
    await forgetRoster(studio.studio);
    const [job] = await submit("named", { tier: "standard" });
    assert.deepEqual([job!.tier, (await waitingOf(job!)).reason], ["standard", "paused"]);
    await db.sql`update agents set paused = false, pools = '{cloud}' where name = 'Laptop'`;
    await forgetRoster(studio.studio);
    const why = await waitingOf(await jobs.find(project.tenant_id, job!.id));
    assert.equal(why.reason, "pool");
    assert.match(why.sentence, /Laptop could make it but serves cloud, and this project uses default/);
  });
});

import assert from "node:assert/strict";
import type { CanvasNode } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { png } from "../assets/testing.ts";
import { addTaker, deliver, draw, meanwhile, openJobStudio } from "./testing.ts";

type Off = Extract<CanvasNode, { type: "shot" }>["off"];

/** A picture, an edit of it, a clip that starts from the edit, and a character; each can be switched off. */
async function openRoom() {
  const test = await openJobStudio();
  const { jobs, lfs } = test.studio;
  const project = await test.makeProject("The Lighthouse Keeper", { width: 1280, height: 720 });
  const file = async (name: string, seed: number) => ({
    path: `01_Assets/Images/${name}`,
    ...await lfs.store(project, png(640, 320, seed)),
  });
  const mask = await file("mask.png", 9);
  const taker = await addTaker(test, {
    capabilities: ["flux-image@standard", "flux-fill@standard", "wan-from-image@standard"],
  });
  const submit = (node_id: string) =>
    jobs.submit(project, test.owner, { node_id, takes: 1, version_up: false });
  return {
    ...test,
    project,
    taker,
    draw: (off: Record<string, Off> = {}) => {
      const nodes: Parameters<typeof draw>[2] = [
        { id: "keeper", type: "asset", title: "Keeper", description: "an old man" },
        { id: "plain", type: "generate_image" },
        { id: "fix", type: "edit_image", title: "Fix", mask },
        { id: "shot", type: "shot", runner: "wan-from-image" },
      ];
      return draw(test, project, nodes.map((node) => ({ ...node, off: off[node.id] })) as typeof nodes, [
        ["keeper", "asset", "plain", "assets"],
        ["plain", "image", "fix", "source"],
        ["fix", "image", "shot", "image"],
      ]);
    },
    /** What an agent gets for it; a picture is made, a clip is only asked for. */
    async make(node_id: string): Promise<GenerateSpec> {
      const [job] = await submit(node_id);
      if (node_id === "shot") await jobs.cancel(project, job!.id, "Ada");
      else await deliver(test, (await jobs.take(taker))!);
      assert.ok(job!.spec.kind === "generate");
      return job!.spec;
    },
    submit,
    async refused(node_id: string, sentence: RegExp) {
      await assert.rejects(
        submit(node_id),
        (error) =>
          error instanceof ProblemError && error.code === "unprocessable" && sentence.test(error.message),
      );
    },
  };
}

Deno.test("what is off on the canvas is left out of what is made", async (t) => {
  await using room = await openRoom();
  const inputs = (spec: GenerateSpec) => spec.inputs.map((input) => [input.name, input.file_name]);
  await room.draw();
  const plain = await room.make("plain");
  await room.make("fix");
  assert.match(String(plain.params.prompt), /Keeper \(character\): an old man/);

  await t.step("a node that is off makes nothing and says why", async () => {
    await room.draw({ plain: "muted", shot: "bypassed" });
    await room.refused("plain", /"plain" is muted and makes no takes; switch it on again/);
    await room.refused("shot", /"shot" is bypassed and makes no takes/);
  });
  await t.step("an edit that is bypassed lets the picture through", async () => {
    await room.draw();
    const edited = await room.make("shot");
    assert.deepEqual(inputs(edited), [["image", "FIX_v01_take01.png"]]);
    await room.draw({ fix: "bypassed" });
    const bare = await room.make("shot");
    assert.deepEqual(inputs(bare), [["image", "PLAIN_v01_take01.png"]]);
    assert.notEqual(edited.made_from!.image, bare.made_from!.image, "the older take is out of date now");
  });
  await t.step("an edit that is muted feeds nothing, and is named where something lacks", async () => {
    await room.draw({ fix: "muted" });
    await room.refused("shot", /no start image.*"Fix" is muted and supplies none: switch it on again/);
  });
  await t.step("a character that is bypassed is not in the prompt", async () => {
    await room.draw({ keeper: "bypassed" });
    const { params, made_from } = await room.make("plain");
    assert.equal(params.prompt, "a lamp");
    assert.equal("asset:keeper" in made_from!, false);
  });
  await t.step("a job that failed is not made once more while its node is off", async () => {
    await room.draw();
    const [job] = await room.submit("plain");
    await room.studio.jobs.cancel(room.project, job!.id, "Ada");
    await room.draw({ plain: "muted" });
    await assert.rejects(room.studio.jobs.retry(room.project, job!.id, "Ada"), /"plain" is muted/);
    await room.draw();
    assert.equal((await room.studio.jobs.retry(room.project, job!.id, "Ada")).state, "queued");
  });
  await t.step(
    "what waits for a node is cancelled when that is switched off, and what runs goes on",
    async () => {
      await room.draw();
      const { studio, project } = room;
      const lease = (await studio.jobs.take(room.taker))!;
      assert.equal(lease.node_id, "plain", "the one that was retried runs now");
      const waiting = [(await room.submit("plain"))[0]!, (await room.submit("plain"))[0]!];
      const [other] = await room.submit("shot");
      const notices: string[] = [];
      using _ear = studio.events.subscribe(
        { tenant_id: project.tenant_id, project_id: project.id },
        (event) => event.type === "notice" && notices.push(event.notice.sentence),
      );
      await room.draw({ plain: "muted" });
      const states = async (jobs: { id: string }[]) =>
        await Promise.all(jobs.map(async ({ id }) => (await studio.jobs.find(project.tenant_id, id)).state));
      assert.deepEqual(await states(waiting), ["cancelled", "cancelled"]);
      assert.deepEqual(await states([lease, other!]), ["leased", "queued"]);
      const story = await studio.jobs.story(waiting[0]!.id);
      assert.match(
        story.at(-1)!.sentence,
        /^Cancelled, as .+ switched "plain" off \(muted\) while it waited\.$/,
      );
      assert.deepEqual(notices, [
        '"plain" is muted, so 2 takes that waited were cancelled. Switch it on again and retry them if you still want them.',
      ]);
      // Another change of the canvas says nothing again; switched on, they are there to be retried.
      await room.draw({ plain: "muted", keeper: "muted" });
      assert.equal(notices.length, 1);
      await room.draw();
      assert.equal((await studio.jobs.retry(project, waiting[0]!.id, "Ada")).state, "queued");
      await deliver(room, lease);
    },
  );
  await t.step(
    "also when it is switched off while somebody asks for it: after the canvas was read, before the job is there",
    async () => {
      await room.draw();
      const { studio, project } = room;
      const notices: string[] = [];
      using _ear = studio.events.subscribe(
        { tenant_id: project.tenant_id, project_id: project.id },
        (event) => event.type === "notice" && notices.push(event.notice.sentence),
      );
      meanwhile(room, () => room.draw({ plain: "muted" }));
      const [job] = await room.submit("plain");
      assert.equal(job!.state, "cancelled", "whoever asked is told at once");
      assert.equal((await studio.jobs.find(project.tenant_id, job!.id)).state, "cancelled");
      assert.match(notices[0]!, /^"plain" is muted, so 1 take that waited was cancelled\./);
      // Any other change of the canvas meanwhile is no reason.
      await room.draw();
      meanwhile(room, () => room.draw({ keeper: "muted" }));
      assert.equal((await room.submit("plain"))[0]!.state, "queued");
    },
  );
});

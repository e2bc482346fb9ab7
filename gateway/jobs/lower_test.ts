import assert from "node:assert/strict";
import type { ProjectRow } from "../projects/mod.ts";
import { addTaker, draw, forgetRoster, openJobStudio } from "./testing.ts";

const GIB = 1024;

async function openRoom() {
  const test = await openJobStudio();
  const { studio, owner } = test;
  const { sql } = studio.db;
  const make = async (title: string, change: Partial<ProjectRow> = {}) => {
    const project = await test.makeProject(title, { quality: "high" });
    await draw(test, project, [{ id: "still", type: "generate_image", title: "Lamp" }]);
    return await studio.projects.update(project, change, "Ada");
  };
  const state = (id: string) => studio.jobs.find(owner.tenant_id, id);
  return {
    ...test,
    make,
    state,
    ask: async (project: ProjectRow, more: { takes?: number; tier?: "high" } = {}) =>
      await studio.jobs.submit(project, owner, { node_id: "still", takes: 1, version_up: false, ...more }),
    why: async (id: string) => (await studio.jobs.view([await state(id)]))[0]!.waiting!,
    small: (agent_name = "Laptop") =>
      addTaker(test, { agent_name, vram_mb: 16 * GIB, capabilities: ["flux-image@standard"] }),
    /** So much later, as the queue sees it. */
    async pass(seconds: number) {
      await sql`update jobs set run_after = run_after - make_interval(secs => ${seconds}) where finished_at is null`;
      await sql`update lane_fits set only_lower_since = only_lower_since - make_interval(secs => ${seconds})`;
    },
    async set(agent_id: string, change: Record<string, unknown>) {
      await sql`update agents set ${sql(change)} where id = ${agent_id}`;
      await forgetRoster(studio);
    },
  };
}

Deno.test("work that was asked for while nobody was there is made lower when only a smaller card comes, and says so", async (t) => {
  await using room = await openRoom();
  const { jobs, events } = room.studio;
  const film = await room.make("Film");
  const notices: string[] = [];
  using _ear = events.subscribe(
    { tenant_id: film.tenant_id, project_id: film.id },
    (event) => event.type === "notice" && notices.push(event.notice.sentence),
  );
  const asked = await room.ask(film, { takes: 2 });
  assert.deepEqual(asked.map(({ tier, fallback }) => [tier, fallback]), [["high", null], ["high", null]]);
  await jobs.sweep();
  await room.pass(3600);
  assert.equal(
    (await room.why(asked[0]!.id)).sentence,
    "Needs flux-image at High (22 GB); no agent is online.",
  );
  const laptop = await room.small();

  await t.step(
    "not at once: the card for it may be a minute behind, and the job says what will be",
    async () => {
      await jobs.sweep();
      assert.equal((await room.state(asked[0]!.id)).tier, "high");
      assert.match(
        (await room.why(asked[0]!.id)).sentence,
        /^Needs flux-image at High \(22 GB\); no card that large is online\. If none is online for 5 min, it is made at Standard\.$/,
      );
      await room.pass(200);
      await jobs.sweep();
      assert.equal(await jobs.take(laptop), null);
      assert.deepEqual(notices, []);
    },
  );

  await t.step("then at once for all that waits, with one notice, and its story says why", async () => {
    await room.pass(200);
    await jobs.sweep();
    const lower = "High asked, made at Standard: no card for High was online for 5 min.";
    for (const { id } of asked) {
      const job = await room.state(id);
      assert.deepEqual([job.state, job.tier, job.tier_requested, job.fallback], [
        "queued",
        "standard",
        "high",
        lower,
      ]);
      assert.ok(job.spec.kind === "generate" && job.spec.tier === "standard");
      const { width, height } = job.spec.params;
      assert.ok(Number(width) * Number(height) <= 1024 * 1024, "it is as large as Standard makes it");
      assert.match(
        (await jobs.story(id)).at(-1)!.sentence,
        /^Made at Standard instead: no card for High was online for 5 min\.$/,
      );
    }
    assert.deepEqual(notices, [`2 takes, the first Lamp, take 1: ${lower}`]);
    assert.deepEqual((await jobs.take(laptop))!.id, asked[0]!.id);
    assert.deepEqual((await jobs.take(laptop))!.id, asked[1]!.id);
  });
});

Deno.test("work keeps its tier while a card for it is about, and where its film or its asker wants that", async (t) => {
  await using room = await openRoom();
  const { jobs } = room.studio;
  const film = await room.make("Film");
  const [job] = await room.ask(film);
  const tower = await addTaker(room, { agent_name: "Tower", capabilities: ["flux-image@high"] });
  const laptop = await room.small();
  const later = async () => {
    await jobs.sweep();
    await room.pass(3600);
    await jobs.sweep();
  };

  await t.step("the card is busy, or paused", async () => {
    const [first] = await room.ask(film);
    assert.equal((await jobs.take(tower))!.id, job!.id);
    await room.set(tower.agent_id, { paused: true });
    await later();
    assert.equal((await room.state(first!.id)).tier, "high");
    await room.set(tower.agent_id, { paused: false });
    await later();
    assert.equal((await room.state(first!.id)).tier, "high");
    assert.equal((await room.why(first!.id)).reason, "next");
  });
  await t.step("the card was seen within that time", async () => {
    const away = () => room.set(tower.agent_id, { last_seen_at: new Date(0) });
    const back = () => room.set(tower.agent_id, { last_seen_at: new Date(Date.now() + 3_600_000) });
    await away();
    await jobs.sweep();
    await room.pass(200);
    await back();
    await jobs.sweep();
    await away();
    await jobs.sweep();
    await room.pass(200);
    await jobs.sweep();
    const { items } = await jobs.list({ tenant_id: film.tenant_id, states: ["queued"] }, { limit: 10 });
    assert.deepEqual(items.map(({ tier }) => tier), ["high"]);
    await jobs.cancel(film, items[0]!.id, "Ada");
  });
  await t.step(
    "the film waits, the tier was chosen for these takes, it was paid for at its tier",
    async () => {
      await room.set(laptop.agent_id, { last_seen_at: new Date(0) });
      const patient = await room.make("Patient", { fallback: "wait" });
      const [waits] = await room.ask(patient);
      const [chosen] = await room.ask(film, { tier: "high" });
      const [paid] = await room.ask(film);
      await room.studio.db.sql`update jobs set credits = 1, credits_of = 'mine' where id = ${paid!.id}`;
      await room.set(laptop.agent_id, { last_seen_at: new Date(Date.now() + 3_600_000) });
      const [plain] = await room.ask(film);
      assert.equal(plain!.tier, "standard", "asked for now, it is made lower at once");
      await later();
      const tiers = async (ids: string[]) =>
        await Promise.all(ids.map(async (id) => (await room.state(id)).tier));
      assert.deepEqual(await tiers([waits!.id, chosen!.id, paid!.id]), ["high", "high", "high"]);
      for (const { id } of [waits!, chosen!, paid!]) {
        assert.doesNotMatch((await room.why(id)).sentence, /made at Standard/);
      }
    },
  );
  await t.step("of machines it is kept to, only those count", async () => {
    const kept = await room.make("Kept");
    await room.set(laptop.agent_id, { last_seen_at: new Date(0) });
    await jobs.setPlacement(kept, room.owner, { only: [laptop.agent_id], never: [] });
    const [pinned] = await room.ask(kept);
    await room.set(tower.agent_id, { last_seen_at: new Date(Date.now() + 3_600_000) });
    await room.set(laptop.agent_id, { last_seen_at: new Date(Date.now() + 3_600_000) });
    assert.equal(pinned!.tier, "high");
    await later();
    assert.equal((await room.state(pinned!.id)).tier, "standard", "the tower may not have it, ever");
  });
});

import assert from "node:assert/strict";
import { Manifest } from "../../shared/project/manifest.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

async function json(answer: Promise<Response>, status: number) {
  const response = await answer;
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text);
}

const post = (studio: TestStudio, body: unknown, as?: string) =>
  studio.request("/api/projects", { method: "POST", json: body }, as);

Deno.test("projects", async (t) => {
  await using studio = await openTestStudio();

  await t.step("making one makes its row, its canvas and its repository", async () => {
    const response = await post(studio, {
      title: "The Lighthouse Keeper",
      fps: "25",
      width: 1920,
      height: 1080,
    });
    assert.equal(response.status, 201);
    const project = await response.json();
    assert.equal(response.headers.get("location"), `/api/projects/${project.id}`);
    assert.equal(project.slug, "The-Lighthouse-Keeper");
    assert.match(project.git_url, /^http:\/\/studio\.test\/git\/[a-z0-9-]+\/The-Lighthouse-Keeper\.git$/);
    assert.deepEqual([project.quality, project.fallback, project.poster_url], ["standard", "lower", null]);
    const canvas = await json(studio.request(`/api/projects/${project.id}/canvas`), 200);
    assert.deepEqual(canvas, { version: 0, graph: { nodes: [], edges: [] } });
    const row = await studio.studio.projects.find(studio.owner.tenant_id, project.id);
    const bytes = await studio.studio.git.readFile(row, "project.json");
    const manifest = Manifest.parse(JSON.parse(new TextDecoder().decode(bytes!)));
    assert.deepEqual([manifest.uuid, manifest.title, manifest.fps], [
      project.id,
      "The Lighthouse Keeper",
      "25",
    ]);
  });

  await t.step("titles may repeat; slugs count up, whatever the case", async () => {
    const slugs = [];
    for (const title of ["The Lighthouse Keeper", "the lighthouse keeper", "The Lighthouse-Keeper!"]) {
      slugs.push((await json(post(studio, { title }), 201)).slug);
    }
    assert.deepEqual(slugs, [
      "The-Lighthouse-Keeper-2",
      "the-lighthouse-keeper-3",
      "The-Lighthouse-Keeper-4",
    ]);
  });

  await t.step("ten people who choose the same title at once get ten projects", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => studio.makeProject("Storm")));
    assert.equal(new Set(made.map((project) => project.slug)).size, 10);
  });

  await t.step("one is found by id and by slug", async () => {
    const bySlug = await json(studio.request("/api/projects/The-Lighthouse-Keeper"), 200);
    const byId = await json(studio.request(`/api/projects/${bySlug.id}`), 200);
    assert.deepEqual(byId, bySlug);
  });

  await t.step("the list goes on with its cursor, newest first, each project once", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await json(studio.request(`/api/projects?limit=5${cursor && `&cursor=${cursor}`}`), 200);
      assert.ok(page.items.length <= 5);
      seen.push(...page.items.map((project: { id: string }) => project.id));
      cursor = page.next ?? "";
    } while (cursor);
    assert.equal(seen.length, 14);
    assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
  });

  await t.step("a change of title reaches project.json; the slug stays", async () => {
    const project = await studio.makeProject("Draft");
    const changed = await json(
      studio.request(`/api/projects/${project.id}`, {
        method: "PATCH",
        json: { title: "Final", quality: "high" },
      }),
      200,
    );
    assert.deepEqual([changed.title, changed.quality, changed.slug], ["Final", "high", "Draft"]);
    await studio.studio.git.settle(project.id);
    const bytes = await studio.studio.git.readFile(project, "project.json");
    assert.equal(JSON.parse(new TextDecoder().decode(bytes!)).title, "Final");
  });

  await t.step("a list says when each film's canvas was last changed", async () => {
    const { id } = await studio.makeProject("Worked on");
    const listed = async () => {
      const { items } = await json(studio.request("/api/projects?limit=200"), 200);
      return Date.parse(items.find((each: { id: string }) => each.id === id).worked_at);
    };
    const made = await listed();
    const note = { id: "n", type: "note", title: "Note", position: { x: 0, y: 0 }, text: "Wait for fog" };
    await json(
      studio.request(`/api/projects/${id}/canvas`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ graph: { nodes: [note], edges: [] } }),
      }),
      200,
    );
    assert.ok(await listed() > made);
  });

  await t.step("an archived project leaves the list, refuses changes, and comes back", async () => {
    const project = await studio.makeProject("Old");
    const patch = (body: unknown) =>
      studio.request(`/api/projects/${project.id}`, { method: "PATCH", json: body });
    await json(patch({ archived: true }), 200);
    const listed = await json(studio.request("/api/projects?limit=200"), 200);
    assert.ok(!listed.items.some((each: { id: string }) => each.id === project.id));
    const archive = await json(studio.request("/api/projects?archived=true"), 200);
    assert.deepEqual(archive.items.map((each: { id: string }) => each.id), [project.id]);
    assert.equal((await json(patch({ title: "New" }), 409)).code, "archived");
    assert.equal((await json(patch({ archived: false, title: "New" }), 200)).title, "New");
  });

  await t.step("another studio's projects are 404, by id, by slug and in lists", async () => {
    const other = await studio.secondTenant();
    const theirs = await other.makeProject("Theirs");
    for (const path of [theirs.id, theirs.slug, `${theirs.id}/canvas`]) {
      assert.equal((await json(studio.request(`/api/projects/${path}`), 404)).code, "not_found");
    }
    await json(
      studio.request(`/api/projects/${theirs.id}`, { method: "PATCH", json: { title: "Mine" } }),
      404,
    );
    const list = await json(other.request("/api/projects"), 200);
    assert.deepEqual(list.items.map((each: { id: string }) => each.id), [theirs.id]);
  });

  await t.step("two studios may use the same slug", async () => {
    const other = await studio.secondTenant();
    assert.equal((await other.makeProject("The Lighthouse Keeper")).slug, "The-Lighthouse-Keeper");
  });

  await t.step("viewers look, artists make, nobody sees nothing", async () => {
    await json(studio.request("/api/projects", {}, "viewer"), 200);
    assert.equal((await json(post(studio, { title: "No" }, "viewer"), 403)).code, "forbidden");
    await json(post(studio, { title: "Yes" }, "artist"), 201);
    assert.equal((await json(studio.request("/api/projects", {}, "nobody"), 401)).code, "unauthenticated");
  });

  await t.step("rubbish is refused and named, never 500", async () => {
    for (
      const [body, path] of [
        [{}, "title"],
        [{ title: "" }, "title"],
        [{ title: "   " }, "title"],
        [{ title: "x".repeat(121) }, "title"],
        [{ title: "a\nb" }, "title"],
        [{ title: ["a"] }, "title"],
        [{ title: "a", fps: 24 }, "fps"],
        [{ title: "a", fps: "23.98" }, "fps"],
        [{ title: "a", width: 1281 }, "width"],
        [{ title: "a", height: 1e9 }, "height"],
        [{ title: "a", quality: "ultra" }, "quality"],
        [{ title: "a", id: "mine" }, "(body)"],
        [[], "(body)"],
        [null, "(body)"],
      ] as [unknown, string][]
    ) {
      const problem = await json(post(studio, body), 400);
      assert.ok(
        problem.errors.some((error: { path: string }) => error.path === path),
        `${JSON.stringify(body)}: ${JSON.stringify(problem.errors)}`,
      );
    }
    for (
      const id of [
        "0",
        "null",
        "00000000-0000-0000-0000-000000000000",
        "'; drop table projects; --",
        "%2e%2e",
        "🗼",
      ]
    ) {
      await json(studio.request(`/api/projects/${encodeURIComponent(id)}`), 404);
    }
    for (const query of ["cursor=abc", "limit=0", "limit=x", "archived=maybe"]) {
      await json(studio.request(`/api/projects?${query}`), 400);
    }
  });

  await t.step("a title with quotes, SQL, HTML and emoji is kept to the letter", async () => {
    const title = `O'Neill "drop table" <b>&amp;</b> 🗼 $(rm -rf)`;
    const project = await json(post(studio, { title }), 201);
    assert.equal(project.title, title);
    assert.equal((await json(studio.request(`/api/projects/${project.slug}`), 200)).title, title);
  });
});

Deno.test("a project shows the poster of its newest active take", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const bare = await studio.makeProject("Nothing to see");
  const still = (n: number) => ({
    id: `still-${n}`,
    type: "generate_image" as const,
    title: `Still ${n}`,
    position: { x: 0, y: 0 },
    shot: `STILL-${n}`,
    prompt: "A lamp",
  });
  await json(
    studio.request(`/api/projects/${project.id}/canvas`, {
      method: "PUT",
      json: { graph: { nodes: [still(1), still(2)], edges: [] } },
    }),
    200,
  );
  const agent = await studio.joinAgent();
  for (const node_id of ["still-1", "still-2"]) {
    await json(
      studio.request(`/api/projects/${project.id}/jobs`, { method: "POST", json: { node_id } }),
      202,
    );
    const lease = await agent.lease();
    const poster = await agent.upload(lease, new TextEncoder().encode(`poster of ${node_id}`));
    assert.ok((await agent.complete(lease, { body: { poster } })).ok);
  }
  const takes = await json(studio.request(`/api/projects/${project.id}/takes`), 200);
  const { items } = await json(studio.request("/api/projects"), 200);
  assert.deepEqual(items.map((each: { poster_url: string | null }) => each.poster_url), [
    null,
    takes.items[0].poster_url,
  ]);
  assert.equal(items[0].id, bare.id);
});

Deno.test("a project whose repository cannot be made is not there", async () => {
  await using studio = await openTestStudio();
  const { git } = studio.studio;
  studio.studio.git = {
    ...git,
    createRepository: () => Promise.reject(new ProblemError("out_of_space", "Disk full.")),
  };
  assert.equal((await json(post(studio, { title: "Half" }), 507)).code, "out_of_space");
  studio.studio.git = git;
  assert.equal((await json(post(studio, { title: "Half" }), 201)).slug, "Half");
});

Deno.test("a project whose gateway died before its repository stood gets it at the next start", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("Cut short");
  await Deno.remove(studio.studio.git.path(project), { recursive: true });
  assert.equal(await studio.studio.projects.repair(), 1);
  assert.ok(await studio.studio.git.head(project));
  assert.equal(await studio.studio.projects.repair(), 0);
});

Deno.test("a repository that had commits and is gone is reported, not replaced by an empty one", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("On a volume");
  await studio.studio.projects.update(project, { title: "Renamed" }, "Test");
  await studio.studio.git.settle(project.id);
  await Deno.remove(studio.studio.git.path(project), { recursive: true });
  assert.equal(await studio.studio.projects.repair(), 0);
  await assert.rejects(Deno.stat(studio.studio.git.path(project)), Deno.errors.NotFound);
  assert.ok(studio.lines.some((line) => line.includes("mount the volume")));
});

import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import type { OutboxWriter } from "./mod.ts";
import { enqueue } from "./outbox.ts";
import { commitCount, type GitWorld, mustGit, openGitWorld, treeOf, until } from "./testing.ts";

/** Writes one file per subject, and remembers what it was asked and told. */
function recorder(overrides: Partial<OutboxWriter> = {}) {
  const asked: string[] = [];
  const committed: { subject: string; sha: string }[] = [];
  const announced: string[] = [];
  const writer: OutboxWriter = {
    changes(_q, { subject }) {
      asked.push(subject ?? "manifest");
      return Promise.resolve({
        message: `take ${subject}`,
        changes: [{ path: `03_Renders/${subject}.txt`, content: `pointer of ${subject}` }],
      });
    },
    committed(_q, { subject }, sha) {
      committed.push({ subject: subject ?? "manifest", sha });
      return Promise.resolve(() => {
        announced.push(subject ?? "manifest");
      });
    },
    ...overrides,
  };
  return { writer, asked, committed, announced };
}

/** Without waking anybody, as a gateway does that dies right after its transaction. */
async function put(
  world: GitWorld,
  project: { id: string; tenant_id: string },
  count: number,
  author = "Ada",
) {
  const subjects = Array.from({ length: count }, () => uuidv7());
  await world.studio.db.sql.begin(async (tx) => {
    for (const subject of subjects) {
      await enqueue(tx, {
        tenant_id: project.tenant_id,
        project_id: project.id,
        kind: "take",
        subject,
        author,
      });
    }
  });
  return subjects;
}

async function openRows(world: GitWorld): Promise<number> {
  const [row] = await world.studio.db.sql`select count(*) as n from outbox where done_at is null`;
  return row!.n;
}

Deno.test("many takes become one commit, each told of it once and announced after it", async () => {
  const takes = recorder();
  await using world = await openGitWorld({ take: takes.writer });
  const project = await world.makeProject();
  const subjects = await put(world, project, 60);
  await world.git.settle(project.id);
  const gitDir = world.git.path(project);
  assert.equal(await commitCount(gitDir), 2);
  const head = await world.git.head(project);
  assert.deepEqual(takes.committed, subjects.map((subject) => ({ subject, sha: head! })));
  assert.deepEqual(takes.announced, subjects);
  assert.equal((await treeOf(gitDir)).filter((path) => path.startsWith("03_Renders/0")).length, 60);
  const [commit] = (await mustGit(gitDir, ["log", "-1", "--format=%an: %s"])).trim().split("\n");
  assert.equal(commit, `Ada: take ${subjects[0]} and 59 more`);
  const rows = await world.studio.db.sql`select distinct commit_sha from outbox`;
  assert.deepEqual(rows.map((row) => row.commit_sha), [head]);
});

Deno.test("more rows than one commit holds are drained in order to the last", async () => {
  const takes = recorder();
  await using world = await openGitWorld({ take: takes.writer });
  const project = await world.makeProject();
  const subjects = await put(world, project, 450);
  await world.git.settle(project.id);
  assert.deepEqual(takes.committed.map((each) => each.subject), subjects);
  assert.equal(await commitCount(world.git.path(project)), 1 + 3);
  assert.equal(await openRows(world), 0);
});

Deno.test("manifest rows of a busy canvas are written once, as they are now", async () => {
  let version = 0;
  const manifest = recorder({
    changes: () =>
      Promise.resolve({
        message: "Change the canvas",
        changes: [{ path: "project.json", content: `{"version": ${version}}\n` }],
      }),
  });
  await using world = await openGitWorld({ manifest: manifest.writer });
  const project = await world.makeProject();
  const { id: project_id, tenant_id } = project;
  for (const author of ["Ada", "Zoë", "Ada"]) {
    version++;
    await enqueue(world.studio.db.sql, { tenant_id, project_id, kind: "manifest", subject: null, author });
  }
  await world.git.settle();
  assert.equal(manifest.committed.length, 1);
  const gitDir = world.git.path(project);
  assert.equal(await commitCount(gitDir), 2);
  assert.equal(await mustGit(gitDir, ["show", "main:project.json"]), '{"version": 3}\n');
  const message = await mustGit(gitDir, ["log", "-1", "--format=%an%n%B"]);
  assert.match(message, /^Studio\nChange the canvas\n\nCo-authored-by: Ada <.+>\nCo-authored-by: Zoë <.+>/);
});

Deno.test("a canvas that is being changed is written when it rests, or with the next take", async () => {
  const [manifest, takes] = [recorder(), recorder()];
  await using world = await openGitWorld({ manifest: manifest.writer, take: takes.writer }, { quietS: 3600 });
  const [project, other] = [await world.makeProject(), await world.makeProject()];
  const change = (at: typeof project) =>
    enqueue(world.studio.db.sql, {
      tenant_id: at.tenant_id,
      project_id: at.id,
      kind: "manifest",
      subject: null,
      author: "Ada",
    });
  await change(project);
  await change(other);
  world.git.wake(other.id);
  world.git.wake(project.id);
  await put(world, project, 1);
  await until("the take", () => takes.announced.length === 1);
  assert.deepEqual(manifest.announced, ["manifest"]);
  assert.equal(await commitCount(world.git.path(project)), 2);
  assert.equal(await openRows(world), 1);

  await world.studio.db.sql`update outbox set created_at = now() - interval '2 hours'`;
  await until("the canvas at rest", () => manifest.announced.length === 2);
  assert.equal(await commitCount(world.git.path(other)), 2);
});

Deno.test("a gateway that died after the commit and before closing its rows makes no second commit", async () => {
  let deaths = 1;
  const takes = recorder();
  const dying: OutboxWriter = {
    changes: takes.writer.changes,
    async committed(q, row, sha) {
      // In the middle of the transaction: some rows are told already, none may count.
      if (takes.committed.length === 2 && deaths-- > 0) throw new Error("the gateway died here");
      return await takes.writer.committed(q, row, sha);
    },
  };
  await using world = await openGitWorld({ take: dying });
  const project = await world.makeProject();
  const subjects = await put(world, project, 4);
  await assert.rejects(world.git.settle(project.id), /the gateway died here/);
  const head = await world.git.head(project);
  assert.equal(await commitCount(world.git.path(project)), 2);
  assert.equal(await openRows(world), 4);
  assert.deepEqual(takes.announced, []);

  await world.git.settle(project.id);
  assert.equal(await world.git.head(project), head);
  assert.equal(await openRows(world), 0);
  assert.equal(await mustGit(world.git.path(project), ["fsck", "--strict"]), "");
  assert.deepEqual(takes.announced, subjects);
  const rows = await world.studio.db.sql`select distinct commit_sha from outbox`;
  assert.deepEqual(rows.map((row) => row.commit_sha), [head]);
});

Deno.test("a wake commits by itself, and an outbox that a dead gateway left is found at start", async () => {
  const takes = recorder();
  await using world = await openGitWorld({ take: takes.writer });
  const project = await world.makeProject();
  await put(world, project, 2);
  world.git.wake(project.id);
  await until("the wake's commit", () => takes.announced.length === 2);

  const left = await world.makeProject();
  await put(world, left, 1);
  await until("the commit of what was left", () => takes.announced.length === 3);
  assert.equal(await commitCount(world.git.path(left)), 2);
});

Deno.test("a row that cannot be written holds up neither its project nor another, and is not lost", async () => {
  let broken: string | undefined;
  const takes = recorder();
  const fussy: OutboxWriter = {
    changes(q, row) {
      if (row.subject === broken) return Promise.reject(new Error("the store is away"));
      return takes.writer.changes(q, row);
    },
    committed: takes.writer.committed,
  };
  await using world = await openGitWorld({ take: fussy });
  const [project, other] = [await world.makeProject(), await world.makeProject()];
  const subjects = await put(world, project, 3);
  broken = subjects[0];
  const [theirs] = await put(world, other, 1);
  world.git.wake(project.id);
  world.git.wake(other.id);
  await until("the others", () => takes.announced.length === 3);
  assert.deepEqual(new Set(takes.announced), new Set([subjects[1], subjects[2], theirs]));
  assert.equal(await openRows(world), 1);
  assert.ok(world.lines.some((line) => line.includes("the store is away") && line.includes(project.id)));

  broken = undefined;
  await until("the retry", () => takes.announced.includes(subjects[0]!));
  assert.equal(await openRows(world), 0);
});

Deno.test("two gateways at the same outbox tell each take once", async () => {
  const takes = recorder();
  await using world = await openGitWorld({ take: takes.writer });
  const project = await world.makeProject();
  const second = world.anotherGateway({ take: takes.writer });
  const all: string[] = [];
  for (let round = 0; round < 3; round++) {
    all.push(...await put(world, project, 20));
    await Promise.all([world.git.settle(project.id), second.settle(project.id)]);
  }
  assert.deepEqual(takes.committed.map((each) => each.subject).toSorted(), all.toSorted());
  assert.equal(await openRows(world), 0);
  assert.equal(
    (await treeOf(world.git.path(project))).filter((p) => p.startsWith("03_Renders/0")).length,
    60,
  );
  assert.equal(await mustGit(world.git.path(project), ["fsck", "--strict", "--no-dangling"]), "");
});

Deno.test("a subject that is gone closes its row without a commit", async () => {
  await using world = await openGitWorld();
  const project = await world.makeProject();
  await put(world, project, 2);
  await world.git.settle();
  assert.equal(await commitCount(world.git.path(project)), 1);
  assert.equal(await openRows(world), 0);
});

Deno.test("a repository that had commits and is missing is reported, never made anew", async () => {
  const takes = recorder();
  await using world = await openGitWorld({ take: takes.writer });
  const project = await world.makeProject();
  await put(world, project, 1);
  await world.git.settle();
  await Deno.rename(world.git.path(project), `${world.git.path(project)}.away`);
  await put(world, project, 1);
  await assert.rejects(world.git.settle(), /missing at .*; mount the volume or restore it/);
  await Deno.rename(`${world.git.path(project)}.away`, world.git.path(project));
  await world.git.settle();
  assert.equal(await commitCount(world.git.path(project)), 3);
});

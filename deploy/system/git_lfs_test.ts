import assert from "node:assert/strict";
import { join } from "@std/path";
import { s3Skipped } from "../../gateway/objects/testing.ts";
import { lfsKey } from "../../gateway/objects/mod.ts";
import { until } from "../../gateway/git/testing.ts";
import { type LfsStory, openLfsStory, pointerOf } from "../../gateway/lfs/testing.ts";

const noS3 = await s3Skipped();

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name:
      `two people with git lfs: push, pull, prune, lock and unlock, and what is refused, objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    async fn(t) {
      await using story = await openLfsStory(kind);
      const home = await Deno.makeTempDir({ prefix: "studio-git-lfs-" });
      try {
        const ada = await person(story, home, "owner");
        const grace = await person(story, home, "artist");
        const steps = { pushAndPull, prune, locks, wrongBytes, noRights, expired };
        for (const [name, step] of Object.entries(steps)) {
          await t.step(name, () => step(story, ada, grace, home));
        }
        const { lines } = story.test;
        assert.deepEqual(lines.filter((line) => JSON.parse(line).level === "error"), []);
      } finally {
        await Deno.remove(home, { recursive: true });
      }
    },
  });
}

interface Person {
  folder: string;
  git(...args: string[]): Promise<string>;
  /** What it said, and whether it failed. */
  tryGit(...args: string[]): Promise<{ ok: boolean; said: string }>;
  write(path: string, bytes: Uint8Array | string): Promise<void>;
}

type Who = "owner" | "artist" | "viewer";

/** A clone of their own, with git-lfs installed, signed in by the token in its URL. */
async function person({ test, project, baseUrl }: LfsStory, home: string, as: Who): Promise<Person> {
  const url = new URL(`/git/${project.tenant_slug}/${project.slug}.git`, baseUrl);
  url.username = as;
  url.password = test.tokens[as];
  const folder = join(home, as);
  const tryGit = (cwd: string) => async (...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("git", {
      args,
      cwd,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_TERMINAL_PROMPT: "0",
        ...Object.fromEntries(
          ["AUTHOR", "COMMITTER"].flatMap((
            role,
          ) => [[`GIT_${role}_NAME`, as], [`GIT_${role}_EMAIL`, `${as}@example.org`]]),
        ),
      },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { ok: success, said: text.decode(stdout) + text.decode(stderr) };
  };
  const must = (cwd: string) => async (...args: string[]) => {
    const { ok, said } = await tryGit(cwd)(...args);
    assert.ok(ok, `git ${args.slice(0, 3).join(" ")}: ${said}`);
    return said;
  };
  await must(home)("lfs", "install", "--skip-repo");
  await must(home)("clone", "-q", url.href, as);
  return {
    folder,
    git: must(folder),
    tryGit: tryGit(folder),
    async write(path, bytes) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeFile(
        join(folder, path),
        typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
      );
    },
  };
}

const plate = crypto.getRandomValues(new Uint8Array(60_000)).slice();
const PLATE = "01_Assets/Video/plate.mp4";

async function pushAndPull(_: LfsStory, ada: Person, grace: Person): Promise<void> {
  await ada.write(PLATE, plate);
  await ada.git("add", ".");
  await ada.git("commit", "-qm", "A plate");
  await ada.git("push", "-q", "origin", "HEAD");
  await grace.git("pull", "-q", "--rebase");
  assert.deepEqual(await Deno.readFile(join(grace.folder, PLATE)), plate);
  assert.match(await grace.git("lfs", "fsck"), /OK/);
  // Lost here, there still: the client fetches it again.
  await Deno.remove(join(grace.folder, ".git", "lfs", "objects"), { recursive: true });
  await Deno.remove(join(grace.folder, PLATE));
  await grace.git("lfs", "pull");
  assert.deepEqual(await Deno.readFile(join(grace.folder, PLATE)), plate);
}

/** Prune asks the studio whether it has what is thrown away here. */
async function prune(_: LfsStory, ada: Person): Promise<void> {
  await ada.write(PLATE, "another plate");
  await ada.git("commit", "-qam", "Another");
  await ada.git("push", "-q", "origin", "HEAD");
  const keep = ["lfs.pruneoffsetdays", "lfs.fetchrecentrefsdays", "lfs.fetchrecentcommitsdays"];
  const config = keep.flatMap((key) => ["-c", `${key}=0`]);
  const said = await ada.git(...config, "lfs", "prune", "--verify-remote");
  assert.match(said, /1 verified with remote/);
  assert.match(said, /1 files?.*(?:deleted|100%)|Deleting objects: 100%/);
}

async function locks(_: LfsStory, ada: Person, grace: Person): Promise<void> {
  await grace.git("pull", "-q", "--rebase");
  assert.match(await ada.git("lfs", "lock", PLATE), /Locked/);
  const refused = await grace.tryGit("lfs", "lock", PLATE);
  assert.ok(!refused.ok);
  assert.match(refused.said, /is locked by .* already/);
  assert.match(await grace.git("lfs", "locks"), new RegExp(PLATE));

  // git-lfs makes what can be locked read-only until one has the lock; who writes all the same is stopped by the push.
  await Deno.chmod(join(grace.folder, PLATE), 0o644);
  await grace.write(PLATE, "grace's plate");
  await grace.git("commit", "-qam", "Grace's");
  const push = await grace.tryGit("push", "origin", "HEAD");
  assert.ok(!push.ok, push.said);
  assert.match(push.said, /locked by/i);
  const bare = await grace.tryGit("-c", "core.hooksPath=/dev/null", "push", "origin", "HEAD");
  assert.ok(!bare.ok, "without git-lfs's own hook the studio refuses");
  assert.match(bare.said, /plate\.mp4 (?:is locked by|points to)/);

  assert.ok(!(await grace.tryGit("lfs", "unlock", PLATE)).ok);
  await ada.git("lfs", "unlock", PLATE);
  await grace.git("push", "-q", "origin", "HEAD");
  assert.match(await grace.git("lfs", "lock", PLATE), /Locked/);
  await ada.git("lfs", "unlock", "--force", PLATE);
  await ada.git("pull", "-q", "--rebase");
  assert.equal(await Deno.readTextFile(join(ada.folder, PLATE)), "grace's plate");
}

/** The client's own copy went bad: neither object nor commit gets in. */
async function wrongBytes({ test, project }: LfsStory, ada: Person): Promise<void> {
  const { oid, size } = pointerOf("what was meant");
  await ada.write("01_Assets/Video/bad.mp4", "what was meant");
  await ada.git("add", ".");
  await ada.git("commit", "-qm", "Bad");
  const copy = join(ada.folder, ".git", "lfs", "objects", oid.slice(0, 2), oid.slice(2, 4), oid);
  await Deno.chmod(copy, 0o644);
  await Deno.writeTextFile(copy, "x".repeat(size));
  const before = await test.studio.git.head(project);
  const { ok, said } = await ada.tryGit("-c", "lfs.transfer.maxretries=1", "push", "origin", "HEAD");
  assert.ok(!ok, said);
  assert.equal(await test.studio.git.head(project), before);
  assert.equal(await test.studio.objects.head(lfsKey(project.tenant_id, project.id, oid)), null);
  await ada.git("reset", "-q", "--hard", "origin/main");
}

async function noRights(story: LfsStory, _a: Person, _g: Person, home: string): Promise<void> {
  const viewer = await person(story, home, "viewer");
  await viewer.write("01_Assets/Video/mine.mp4", "mine");
  await viewer.git("add", ".");
  await viewer.git("commit", "-qm", "Mine");
  const { ok, said } = await viewer.tryGit("push", "origin", "HEAD");
  assert.ok(!ok);
  assert.match(said, /403|may read/);
  assert.ok(!(await viewer.tryGit("lfs", "lock", PLATE)).ok);
}

async function expired({ test, project }: LfsStory, ada: Person): Promise<void> {
  const { oid } = pointerOf("grace's plate");
  const key = lfsKey(project.tenant_id, project.id, oid);
  const href = await test.studio.objects.signedGet(key, { expiresS: 1 });
  await until("the link to run out", async () => {
    const answer = await fetch(href);
    await answer.body?.cancel();
    return answer.status === 403 || answer.status === 400;
  });
  // A client just asks for another.
  await Deno.remove(join(ada.folder, ".git", "lfs", "objects"), { recursive: true });
  await Deno.remove(join(ada.folder, PLATE));
  await ada.git("lfs", "pull");
  assert.equal(await Deno.readTextFile(join(ada.folder, PLATE)), "grace's plate");
}

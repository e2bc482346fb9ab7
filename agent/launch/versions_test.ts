import assert from "node:assert/strict";
import { join } from "@std/path";
import { packageDigest, VERSION_FILE } from "../../shared/agents/package.ts";
import { writeNews } from "../update/files.ts";
import { holds } from "../update/version_dir.ts";
import { begun, confirmed, failed, mayChange, readRecord, refusedOf } from "./record.ts";
import { runVersions, UPDATE_EXIT } from "./versions.ts";

const OWN = "a".repeat(64);

interface Home extends AsyncDisposable {
  data: string;
  versions: string;
  /** Lays a version down, as the updater does; its digest. */
  add(text: string): Promise<string>;
}

async function openHome(): Promise<Home> {
  const root = await Deno.makeTempDir({ prefix: "agent-versions-" });
  const versions = join(root, "versions");
  return {
    data: join(root, "data"),
    versions,
    async add(text) {
      const bytes = new TextEncoder().encode(text);
      const digest = await packageDigest([{ path: "agent/main.ts", bytes }]);
      await Deno.mkdir(join(versions, digest, "agent"), { recursive: true });
      await Deno.writeFile(join(versions, digest, "agent", "main.ts"), bytes);
      await Deno.writeTextFile(join(versions, digest, VERSION_FILE), JSON.stringify({ digest }));
      return digest;
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** What a version does when it is started: its exit code, after whatever it does before. `"hangs"`: until it is ended. */
type Life = (digest: string) => Promise<number | "hangs">;

/** Runs versions whose lives are told by the test; what was started, in order. */
async function lives(
  home: Home,
  life: Life,
  trialMs = 20_000,
): Promise<{ exit: number; started: string[]; refused: (readonly string[])[]; said: string[] }> {
  const refused: (readonly string[])[] = [];
  const started: string[] = [];
  const said: string[] = [];
  const exit = await runVersions({
    own: OWN,
    versions: home.versions,
    dataDir: home.data,
    trialMs,
    say: (sentence) => said.push(sentence),
    start(folder, known) {
      refused.push(known);
      const digest = folder === null ? OWN : folder.split("/").at(-1)!;
      started.push(digest);
      const ended = Promise.withResolvers<number>();
      void life(digest).then((how) => how !== "hangs" && ended.resolve(how));
      return {
        exit: ended.promise,
        end: () => Promise.resolve(ended.resolve(143)),
      };
    },
  });
  return { exit, started, refused, said };
}

Deno.test("a version that registers stays, though the clock was set back while it began; a word of before is none", async () => {
  await using home = await openHome();
  const next = await home.add("the next");
  const seen = await lives(home, async (digest) => {
    if (digest === OWN) {
      await writeNews(home.data, "wanted", { digest: next });
      // As it stood there from another life of that version.
      await writeNews(home.data, "registered", { digest: next });
      return UPDATE_EXIT;
    }
    assert.equal((await readRecord(home.versions)).current, null);
    const at = new Date(Date.now() - 3_600_000).toISOString();
    await Deno.writeTextFile(join(home.data, "update", "registered.json"), JSON.stringify({ digest, at }));
    await until(async () => (await readRecord(home.versions)).current === digest);
    return 0;
  });
  assert.deepEqual([seen.exit, seen.started], [0, [OWN, next]]);
});

Deno.test("a version that registers stays, also for the next start; the one before is kept, older ones go", async () => {
  await using home = await openHome();
  const digests: string[] = [];
  const seen = await lives(home, async (digest) => {
    await writeNews(home.data, "registered", { digest });
    await until(async () => digest === OWN || (await readRecord(home.versions)).current === digest);
    if (digests.length === 3) return 0;
    digests.push(await home.add(`version ${digests.length}`));
    await writeNews(home.data, "wanted", { digest: digests.at(-1)! });
    return UPDATE_EXIT;
  });
  assert.deepEqual([seen.exit, seen.started], [0, [OWN, ...digests]]);
  const { current, previous } = await readRecord(home.versions);
  assert.deepEqual([current, previous], [digests[2], digests[1]]);
  assert.ok(!await holds(join(home.versions, digests[0]!), digests[0]!));
  assert.deepEqual((await lives(home, () => Promise.resolve(0))).started, [digests[2]]);
  // Whatever was changed in it on disk: the installed one runs in its place.
  await Deno.writeTextFile(join(home.versions, digests[2]!, "agent", "main.ts"), "something else");
  assert.deepEqual((await lives(home, () => Promise.resolve(0))).started, [OWN]);
});

Deno.test("one that cannot register in time is ended and tried once more at most; one that crashes never again", async () => {
  await using home = await openHome();
  const [slow, broken] = [await home.add("slow"), await home.add("broken")];
  const want = (digest: string, rounds: number): Life => async (running) => {
    if (running === slow) return "hangs";
    if (running === broken) return 1;
    await writeNews(home.data, "wanted", { digest });
    return rounds-- > 0 ? UPDATE_EXIT : 0;
  };
  const late = await lives(home, want(slow, 4), 300);
  assert.deepEqual(late.started, [OWN, slow, OWN, slow, OWN, OWN, OWN]);
  assert.match(late.said.join("\n"), /It had not registered after 0 s\. The one before goes on/);
  const crash = await lives(home, want(broken, 3));
  assert.deepEqual(crash.started, [OWN, broken, OWN, OWN, OWN]);
  const record = await readRecord(home.versions);
  assert.deepEqual(refusedOf(record).toSorted(), [slow, broken].toSorted());
  assert.equal(record.current, null);
});

Deno.test("between two gateways of different versions it goes to and fro no more than a few times a day", async () => {
  await using home = await openHome();
  const [one, two] = [await home.add("one"), await home.add("two")];
  let rounds = 0;
  const seen = await lives(home, async (digest) => {
    await writeNews(home.data, "registered", { digest });
    await until(async () => ((await readRecord(home.versions)).current ?? OWN) === digest);
    if (++rounds > 8) return 0;
    const other = digest === one ? "two" : "one";
    await writeNews(home.data, "wanted", { digest: await home.add(other) });
    return UPDATE_EXIT;
  });
  assert.deepEqual(seen.started.slice(0, 5), [OWN, one, two, one, one]);
  assert.match(seen.said.join("\n"), /changed often enough today/);
  const held = seen.started.findIndex((digest, at) => at > 3 && digest === one);
  assert.deepEqual(
    seen.refused[held],
    [two],
    "it is not asked for again and again, with an end and a fetch each time",
  );
});

Deno.test("what is not whole, not asked for or damaged is never started", async () => {
  await using home = await openHome();
  const cut = await home.add("cut");
  await Deno.writeTextFile(join(home.versions, cut, "agent", "more.ts"), "a file more");
  let asked = false;
  const seen = await lives(home, async () => {
    if (asked) return 0;
    asked = true;
    await writeNews(home.data, "wanted", { digest: cut });
    return UPDATE_EXIT;
  });
  assert.deepEqual(seen.started, [OWN, OWN]);
  assert.match(seen.said.join("\n"), /not whole/);
});

Deno.test("the record counts a beginning before it begins, and forgets it once it went well", () => {
  const empty = { current: null, previous: null, tries: {}, changes: [] };
  const once = begun(empty, "x");
  assert.deepEqual(refusedOf(once), []);
  assert.deepEqual(refusedOf(begun(once, "x")), ["x"]);
  assert.deepEqual(refusedOf(failed(once, "x", "It crashed.", true)), ["x"]);
  assert.deepEqual(refusedOf(confirmed(begun(once, "x"), "x")), []);
  const day = 24 * 60 * 60 * 1000;
  const changed = [1, 2, 3].reduce(
    (record) => confirmed(record, "y", day),
    empty as ReturnType<typeof confirmed>,
  );
  assert.deepEqual([mayChange(changed, day + 1), mayChange(changed, 2 * day + 1)], [false, true]);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !await holds();) {
    if (Date.now() > deadline) throw new Error("waited 20 s in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

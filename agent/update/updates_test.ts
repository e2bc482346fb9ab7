import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Policy } from "../policy/policy.ts";
import { eventually } from "../testing/agent.ts";
import { readNews, writeNews } from "./files.ts";
import { untar } from "./untar.ts";
import { openUpdates } from "./updates.ts";

const [OWN, NEW] = ["a".repeat(64), "b".repeat(64)];

async function withFolder(story: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "agent-updates-" });
  try {
    await story(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(dataDir: string, policy: object, options: { own?: string | null; refused?: string[] } = {}) {
  return openUpdates({
    dataDir,
    own: OWN,
    refused: [],
    policy: () => Policy.parse(policy),
    say() {},
    everyMs: 5,
    ...options,
  });
}

Deno.test("a version is taken when the gateway has said it three times, its owner agreed, and it lies there", () =>
  withFolder(async (folder) => {
    await using updates = await open(folder, { updates: "ask" });
    updates.offered(OWN);
    updates.offered(NEW);
    updates.offered(OWN);
    updates.offered(NEW);
    updates.offered(NEW);
    assert.equal(updates.news(), null, "two gateways of different versions answer by turns");
    updates.offered(NEW);
    assert.deepEqual([updates.news()!.asks, /agent update/.test(updates.news()!.sentence)], [true, true]);
    await eventually(
      "the offer is there for agent update",
      async () => (await readNews(folder, "offer"))?.offered === NEW,
    );
    assert.equal(await readNews(folder, "wanted"), null);
    await writeNews(folder, "consent", { digest: NEW });
    await eventually("it is asked for", async () => (await readNews(folder, "wanted"))?.digest === NEW);
    assert.equal(updates.ready.aborted, false);
    await writeNews(folder, "fetched", { digest: NEW, ready: true, sentence: "" });
    await eventually("it makes way", () => updates.ready.aborted);
  }));

Deno.test("never means never, a yes to one version is none to the next, and what did not start is not asked for", () =>
  withFolder(async (folder) => {
    await writeNews(folder, "consent", { digest: OWN });
    for (
      const [policy, refused] of [[{ updates: "never" }, []], [{ updates: "ask" }, []], [
        { updates: "auto" },
        [NEW],
      ]] as const
    ) {
      await using updates = await open(folder, policy, { refused: [...refused] });
      for (let beat = 0; beat < 3; beat++) updates.offered(NEW);
      await eventually(
        "it is told",
        async () => (await readNews(folder, "offer"))?.sentence === updates.news()!.sentence,
      );
    }
    assert.equal(await readNews(folder, "wanted"), null);
    await using clone = await open(folder, { updates: "auto" }, { own: null });
    for (let beat = 0; beat < 5; beat++) clone.offered(NEW);
    assert.equal(clone.news(), null, "a clone of the repository is its owner's to update");
  }));

Deno.test("what was offered to the version before is no offer to the one that was taken", () =>
  withFolder(async (folder) => {
    await writeNews(folder, "offer", { own: NEW, offered: OWN, sentence: "Begins with it.", asks: false });
    await using _updates = await open(folder, { updates: "ask" });
    await eventually(
      "nothing is offered",
      async () => (await readNews(folder, "offer"))?.offered === null,
    );
  }));

Deno.test("a version that is not begun with here asks for no yes", () =>
  withFolder(async (folder) => {
    await using updates = await open(folder, { updates: "ask" }, { refused: [NEW] });
    for (const _ of [1, 2, 3]) updates.offered(NEW);
    await eventually("it is told", async () => (await readNews(folder, "offer"))?.offered === NEW);
    const { asks, sentence } = (await readNews(folder, "offer"))!;
    assert.deepEqual([asks, /It stays with its own/.test(sentence)], [false, true]);
  }));

Deno.test("what an earlier process had fetched is asked for anew, and a fetch that failed is told", () =>
  withFolder(async (folder) => {
    await writeNews(folder, "fetched", { digest: NEW, ready: true, sentence: "" });
    await using updates = await open(folder, { updates: "auto" });
    for (let beat = 0; beat < 3; beat++) updates.offered(NEW);
    await eventually("it is asked for", async () => (await readNews(folder, "wanted"))?.digest === NEW);
    assert.equal(updates.ready.aborted, false);
    await writeNews(folder, "fetched", {
      digest: NEW,
      ready: false,
      sentence: "the folder of its code cannot be written",
    });
    await eventually(
      "it is told",
      () => /could not be fetched: the folder/.test(updates.news()?.sentence ?? ""),
    );
  }));

Deno.test("an archive is unpacked only if each of its files lies below, is plain, and is whole", () => {
  const entry = (path: string, text: string, more: { type?: string; size?: number } = {}) => {
    const block = new Uint8Array(512 + Math.ceil(text.length / 512) * 512);
    const put = (at: number, what: string) => block.set(new TextEncoder().encode(what), at);
    put(0, path);
    put(124, (more.size ?? text.length).toString(8).padStart(11, "0"));
    put(148, " ".repeat(8));
    put(156, more.type ?? "0");
    put(257, "ustar\0");
    put(
      148,
      `${block.subarray(0, 512).reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `,
    );
    put(512, text);
    return block;
  };
  const archive = (...blocks: Uint8Array[]) =>
    new Uint8Array([...blocks, new Uint8Array(1024)].flatMap((block) => [...block]));
  const good = untar(archive(entry("agent/main.ts", "hello"), entry("deno.json", "{}")));
  assert.deepEqual(good.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]), [[
    "agent/main.ts",
    "hello",
  ], ["deno.json", "{}"]]);
  for (
    const [bad, why] of [
      [archive(entry("../evil.ts", "x")), /is no name/],
      [archive(entry("/etc/passwd", "x")), /is no name/],
      [archive(entry("a/./b", "x")), /is no name/],
      [archive(entry("link", "", { type: "2" })), /no plain file/],
      [archive(entry("folder", "", { type: "5" })), /no plain file/],
      [archive(entry("a", "x", { size: 5_000 })), /ends early/],
      [archive(entry("a", "x", { size: 2 ** 30 })), /too large/],
      [entry("a", "x"), /ends early/],
      [archive(entry("a", "x").map((byte, at) => at === 1 ? 65 : byte)), /damaged/],
    ] as const
  ) {
    assert.throws(() => untar(bad as Uint8Array<ArrayBuffer>), why);
  }
});

Deno.test("an archive that unpacks to more than an agent is given up, and told", () =>
  withFolder(async (folder) => {
    const zeros = new Uint8Array(1_000_000);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      let left = 300;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (stream) => left-- > 0 ? stream.enqueue(zeros) : stream.close(),
      });
      return new Response(body.pipeThrough(new CompressionStream("gzip")));
    });
    const program = fileURLToPath(new URL("main.ts", import.meta.url));
    const words = ["--gateway", `http://127.0.0.1:${server.addr.port}`, "--digest", NEW, "--data", folder];
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, ...words, "--versions", `${folder}/versions`],
      stdout: "null",
      stderr: "null",
    }).output();
    assert.equal(code, 1);
    const said = await readNews(folder, "fetched");
    assert.deepEqual([said?.ready, said?.sentence], [false, "it is too large for an agent"]);
  }));

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { alreadyJoined, launched, outcome } from "../testing/launched.ts";
import { installTinyRunner } from "../testing/tiny_runner.ts";
import { writePolicyForTest } from "../testing/policy.ts";
import { eventually, testSpec } from "../testing/agent.ts";
import { openTestGateway, type TestGateway } from "../testing/gateway.ts";
import { fetched, readState, receivedSince, writeWanted } from "./files.ts";
import { head, openSource, serveFile } from "./testing/source.ts";

const BYTES = new Uint8Array(300_000).map((_, at) => (at * 31 + (at >> 8)) % 251);
const SHA256 = createHash("sha256").update(BYTES).digest("hex");

interface Home extends AsyncDisposable {
  data: string;
  models: string;
  start(...args: string[]): Deno.ChildProcess;
  agent(...args: string[]): Promise<{ code: number; text: string }>;
}

/** An agent that has joined, with a runner of its owner's whose model comes from `url`. */
async function openHome(gateway: TestGateway, url: string, policy: object): Promise<Home> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "agent-download-" }));
  const [data, models] = [join(root, "data"), join(root, "models")];
  await Deno.mkdir(models);
  await installTinyRunner(data, { url: `${url}/tiny.bin`, size: BYTES.length, sha256: SHA256 });
  alreadyJoined(gateway, data, models);
  await writePolicyForTest(data, policy);
  const start = (...args: string[]) => launched(data, args);
  return {
    data,
    models,
    start,
    agent: (...args) => outcome(start(...args)),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("a model is fetched once its owner agreed to all of it, by a program that may reach its source alone", async () => {
  await using gateway = openTestGateway();
  let cut: number | undefined = 100_000;
  await using source = openSource(async (seen, write) => {
    await serveFile(seen, write, { bytes: BYTES, etag: '"one"', ...(cut ? { cut } : {}) });
    cut = undefined;
  });
  await using home = await openHome(gateway, source.url, {});
  const get = (...args: string[]) => home.agent("models", "get", "tiny@low", ...args);
  const host = ["--model-host", source.host];

  const list = await home.agent("models");
  assert.match(list.text, /vae\/tiny\.bin {2}\(1 MB, Tiny Licence 1\.0, 127\.0\.0\.1:\d+\)/);
  assert.match(list.text, /tiny@low opens with one file, 1 MB: agent models get tiny@low/);

  const unasked = await get("--accept", "Tiny Licence 1.0", ...host);
  assert.deepEqual([unasked.code, /the rules of this machine allow no downloads/.test(unasked.text)], [
    2,
    true,
  ], unasked.text);
  await writePolicyForTest(home.data, { models: { download: true } });
  const unread = await get(...host);
  assert.equal(unread.code, 2);
  assert.match(
    unread.text,
    /Licence "Tiny Licence 1\.0" is that of tiny\.bin .*\nTo agree to it, add: --accept "Tiny Licence 1\.0"/,
  );
  const closed = await get("--accept", "Tiny Licence 1.0");
  assert.equal(closed.code, 1);
  assert.match(
    closed.text,
    /not allowed to reach 127\.0\.0\.1:\d+; allow it with --model-host 127\.0\.0\.1:\d+/,
  );
  assert.equal(source.seen.length, 0, "not a byte was asked for before");
  assert.match((await home.agent("models", "get", "tinny")).text, /No runner here needs "tinny"/);

  const done = await get("--accept", "Tiny Licence 1.0", ...host);
  assert.equal(done.code, 0, done.text);
  assert.match(done.text, /vae\/tiny\.bin: done\. Whole: its SHA-256 is right\./);
  assert.deepEqual(await Deno.readFile(join(home.models, "vae", "tiny.bin")), BYTES);
  assert.equal(source.seen[1]!.headers.get("range"), "bytes=100000-");
  assert.equal(await receivedSince(home.data, new Date(0)), BYTES.length);
  assert.deepEqual((await fetched(home.data)).map(({ key, checked, licence }) => [key, checked, licence]), [
    ["vae/tiny.bin", "sha256", "Tiny Licence 1.0"],
  ]);
  assert.match((await get(...host)).text, /All of it is here already/);
  assert.match(
    (await home.agent("models")).text,
    /^Here\n {2}vae\/tiny\.bin .*SHA-256 [0-9a-f]{16}…, as its runner states it/m,
  );
});

Deno.test("the gigabytes of the month, the disk's and the hours hold for downloads; --now counts against hours alone", async () => {
  await using gateway = openTestGateway();
  await using source = openSource((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: '"one"' }));
  const models = { download: true, licences: ["tiny licence 1.0"] };
  await using home = await openHome(gateway, source.url, { models: { ...models, disk_gb: 0.0001 } });
  const host = ["--model-host", source.host];
  const full = await home.agent("models", "get", "tiny", ...host);
  assert.equal(full.code, 1);
  assert.match(full.text, /the rules give models 0\.0001 GB of disk/);

  const never = { days: ["mon"], from: "00:00", to: "00:01" };
  const closed = [never, { ...never, days: ["thu"] }].find(({ days }) =>
    days[0] !== DAYS[new Date().getDay()]
  )!;
  await writePolicyForTest(home.data, { models, hours: [closed] });
  const waiting = home.start("models", "get", "tiny", ...host);
  await eventually(
    "it says why it waits",
    async () => /Outside its hours/.test((await readState(home.data))?.waits ?? ""),
  );
  waiting.kill("SIGTERM");
  const { code, stdout } = await waiting.output();
  assert.equal(code, 0);
  assert.match(
    new TextDecoder().decode(stdout),
    /Waits: Outside its hours[^]*Stopped; the next time goes on from here/,
  );

  await writePolicyForTest(home.data, { models, hours: [closed], monthly_gb: 0.000001 });
  await Deno.writeTextFile(
    join(home.data, "downloads", "received.jsonl"),
    JSON.stringify({ at: new Date().toISOString(), bytes: 5_000 }) + "\n",
  );
  const spent = home.start("models", "get", "tiny", "--now", ...host);
  await eventually(
    "the month is used up",
    async () => /This month's/.test((await readState(home.data))?.waits ?? ""),
  );
  assert.equal(source.seen.length, 1, "asked once for the disk that was too full, and not since");
  // Its owner gives more, and it goes on by itself.
  await writePolicyForTest(home.data, { models, hours: [closed] });
  assert.equal((await spent.output()).code, 0);
  assert.deepEqual(await Deno.readFile(join(home.models, "vae", "tiny.bin")), BYTES);
});

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

Deno.test("what its page asked for is fetched beside the running agent, told to the studio, and gone on with after a restart", async () => {
  await using gateway = openTestGateway();
  const half = Promise.withResolvers<void>();
  let finish = Promise.withResolvers<void>();
  await using source = openSource(async (seen, write) => {
    const from = Number(/\d+/.exec(seen.headers.get("range") ?? "0")![0]);
    const range = `bytes ${from}-${BYTES.length - 1}/${BYTES.length}`;
    await write(
      head(from ? 206 : 200, {
        etag: '"one"',
        "content-length": BYTES.length - from,
        "content-range": range,
      }),
    );
    await write(BYTES.subarray(from, Math.max(from, 129_000)));
    half.resolve();
    await finish.promise;
    await write(BYTES.subarray(Math.max(from, 129_000)));
  });
  await using home = await openHome(gateway, source.url, { models: { download: true } });
  await writeWanted(home.data, { keys: ["vae/tiny.bin"], licences: ["Tiny Licence 1.0"] });
  const run = () => home.start("run", "--drain-seconds", "0", "--model-host", source.host);
  const first = run();
  const output = first.output();
  await half.promise;
  await gateway.until(
    "the studio hears of it",
    () => gateway.heartbeats.at(-1)?.doing === "Downloads vae/tiny.bin: 43 %",
  );
  // Beside it the machine works as ever.
  const job = gateway.add({ ...testSpec(), runner: "animatic-still", width: 320, height: 180 }, {
    capability: "animatic-still@low",
  });
  await gateway.until("a take", () => job.state !== "queued" && job.state !== "leased");
  assert.equal(job.state, "succeeded");
  first.kill("SIGTERM");
  // The connection stays open: the downloader must end all the same.
  assert.equal((await output).code, 0);
  assert.equal(await Deno.stat(join(home.models, "vae", "tiny.bin.part")).then(({ size }) => size), 129_000);

  finish.resolve();
  finish = Promise.withResolvers();
  finish.resolve();
  const second = run();
  const ended = second.output();
  await eventually(
    "the file is there",
    () => Deno.stat(join(home.models, "vae", "tiny.bin")).then(() => true, () => false),
  );
  await eventually("nothing is under way", async () => (await readState(home.data))?.over === true);
  second.kill("SIGTERM");
  await ended;
  assert.equal(source.seen.at(-1)!.headers.get("range"), "bytes=129000-");
  assert.deepEqual(await Deno.readFile(join(home.models, "vae", "tiny.bin")), BYTES);
});

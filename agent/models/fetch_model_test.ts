import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { ModelFile } from "../../shared/runners/manifest.ts";
import { fetchModel, type FetchOptions } from "./fetch_model.ts";
import { ModelError, plausibleSize } from "./reply.ts";
import { type Answer, head, openSource, serveFile } from "./testing/source.ts";

const BYTES = crypto.getRandomValues(new Uint8Array(60_000));
const ETAG = '"one"';
const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

interface Outcome {
  error: ModelError | null;
  checked: string | null;
  there: Uint8Array | null;
  /** What lies in the folder. */
  names: string[];
  ranges: (string | undefined)[];
  requests: number;
  received: number;
  troubles: string[];
  seen: { headers: Map<string, string> }[];
}

/** Fetches one file from a source that answers like that. */
async function fetched(
  answer: Answer,
  options: { model?: Partial<ModelFile>; before?: Uint8Array; note?: object } & Partial<FetchOptions> = {},
): Promise<Outcome> {
  const root = await Deno.makeTempDir({ prefix: "agent-models-" });
  await using source = openSource(answer);
  const model = {
    folder: "vae",
    file: "a.bin",
    licence: "MIT",
    commercial: true,
    url: `${source.url}/a.bin`,
    ...options.model,
  };
  const path = join(root, model.folder, model.file);
  if (options.before) {
    await Deno.mkdir(join(root, "vae"));
    await Deno.writeFile(`${path}.part`, options.before);
    const note = { url: model.url, validator: ETAG, total: BYTES.length, sha256: null, ...options.note };
    await Deno.writeTextFile(`${path}.part.json`, JSON.stringify(note));
  }
  const outcome: Outcome = {
    error: null,
    checked: null,
    there: null,
    names: [],
    ranges: [],
    requests: 0,
    received: 0,
    troubles: [],
    seen: source.seen,
  };
  try {
    ({ checked: outcome.checked } = await fetchModel(model, path, {
      signal: new AbortController().signal,
      mayReach: (host) => host === source.host,
      token: null,
      ready: () => Promise.resolve(),
      mayGoOn: () => true,
      noRoom: () => Promise.resolve(null),
      received: (bytes) => outcome.received += bytes,
      slow: () => Promise.resolve(),
      progress() {},
      trouble: (sentence) => outcome.troubles.push(sentence),
      backoff: { baseMs: 1, capMs: 5 },
      ...options,
    }));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    outcome.error = error;
  }
  outcome.there = await Deno.readFile(path).catch(() => null);
  for await (const entry of Deno.readDir(join(root, "vae"))) outcome.names.push(entry.name);
  outcome.ranges = source.seen.map(({ headers }) => headers.get("range"));
  outcome.requests = source.seen.length;
  await Deno.remove(root, { recursive: true });
  return outcome;
}

Deno.test("a file comes whole, is checked by its hash, and leaves nothing beside it", async () => {
  const model = { sha256: digestOf(BYTES), size: BYTES.length };
  const seen = await fetched((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG }), {
    model,
  });
  assert.equal(seen.error, null);
  assert.equal(seen.checked, "sha256");
  assert.deepEqual(seen.there, BYTES);
  assert.deepEqual(seen.names, ["a.bin"]);
  assert.equal(seen.received, BYTES.length);
  assert.equal(seen.seen[0]!.headers.get("accept-encoding"), "identity");
});

Deno.test("connections that break are gone on with from the byte where they broke", async () => {
  const seen = await fetched(
    (seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG, cut: 16_384 }),
    {
      model: { sha256: digestOf(BYTES) },
    },
  );
  assert.equal(seen.error, null);
  assert.deepEqual(seen.there, BYTES);
  assert.equal(seen.received, BYTES.length, "no byte came twice");
  assert.deepEqual(seen.ranges, [undefined, "bytes=16384-", "bytes=32768-", "bytes=49152-"]);
  assert.equal(seen.troubles.length, 3);
});

Deno.test("what an earlier process left is gone on with, and a file that is there in full is only checked", async () => {
  const answer: Answer = (seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG });
  const half = await fetched(answer, { before: BYTES.slice(0, 30_000), model: { sha256: digestOf(BYTES) } });
  assert.deepEqual([half.checked, half.received, half.ranges], ["sha256", 30_000, ["bytes=30000-"]]);
  const all = await fetched(answer, { before: BYTES, model: { sha256: digestOf(BYTES) } });
  assert.deepEqual([all.checked, all.requests], ["sha256", 0]);
});

Deno.test("a file that changed meanwhile is begun anew: the halves of two are never joined", async () => {
  const other = crypto.getRandomValues(new Uint8Array(60_000));
  const seen = await fetched(
    (seen, write) => serveFile(seen, write, { bytes: other, etag: '"two"' }),
    { before: BYTES.slice(0, 30_000), model: { sha256: digestOf(other) } },
  );
  assert.deepEqual([seen.error, seen.there], [null, other]);
  // One that ignores If-Range and sends the rest of another file is found out by its ETag.
  const careless = await fetched(async (seen, write) => {
    const from = Number(/\d+/.exec(seen.headers.get("range") ?? "0")![0]);
    const range = `bytes ${from}-${other.length - 1}/${other.length}`;
    await write(
      head(from ? 206 : 200, {
        etag: '"two"',
        "content-length": other.length - from,
        "content-range": range,
      }),
    );
    await write(other.subarray(from));
  }, { before: BYTES.slice(0, 30_000) });
  assert.deepEqual(careless.there, other);
  assert.deepEqual(careless.ranges, ["bytes=30000-", undefined]);
});

Deno.test("416 throws away what lies here and begins anew", async () => {
  const seen = await fetched(
    (seen, write) =>
      seen.headers.has("range")
        ? write(head(416, { "content-range": "bytes */10", "content-length": 0 }))
        : serveFile(seen, write, { bytes: BYTES, etag: ETAG }),
    { before: BYTES.slice(0, 30_000) },
  );
  assert.deepEqual([seen.error, seen.requests], [null, 2]);
  assert.deepEqual(seen.there, BYTES);
});

Deno.test("a source that lies about the length is not believed", async () => {
  const short = await fetched(async (_, write) => {
    await write(head(200, { etag: ETAG, "content-length": 90_000 }));
    await write(BYTES);
  });
  // It promises more with each part than it has: given up, with what came kept for another time.
  assert.match(short.error!.message, /broke/);
  assert.equal(short.there, null);
  const much = await fetched(async (_, write) => {
    await write(head(200, { etag: ETAG, "transfer-encoding": "chunked" }));
    await write(`${(60_000).toString(16)}\r\n`);
    await write(BYTES);
    await write("\r\n0\r\n\r\n");
  }, { model: { size: 59_999 } });
  assert.match(much.error!.message, /has 60000 bytes where the runner's manifest says 59999/);
  assert.equal(much.there, null);
  const other = await fetched((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG }), {
    model: { size: 17_200_000_000 },
  });
  assert.equal(other.error!.final, true);
  assert.equal(other.received, 0, "told before a byte of it came");
});

Deno.test("a web page, a pointer and a cut tensor file never get the model's name", async () => {
  const page = await fetched(async (_, write) => {
    await write(head(200, { "content-type": "text/html; charset=utf-8", "content-length": 20 }));
    await write("<html>Sign in</html>");
  });
  assert.match(page.error!.message, /a web page where the file should be/);
  const disguised = await fetched((_, write) =>
    write(head(200, { "content-length": 22 }) + "<!DOCTYPE html><p>no</")
  );
  assert.match(disguised.error!.message, /it is a web page/);
  const pointer = await fetched((_, write) =>
    write(head(200, {}) + "version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
  );
  assert.match(pointer.error!.message, /Git LFS pointer/);
  for (const outcome of [page, disguised, pointer]) {
    assert.deepEqual(outcome.names, []);
    assert.equal(outcome.requests, 1, "asking again would bring the same");
  }
  const json = new TextEncoder().encode(
    JSON.stringify({ w: { dtype: "U8", shape: [100], data_offsets: [0, 100] } }),
  );
  const tensors = new Uint8Array(8 + json.length + 100);
  new DataView(tensors.buffer).setBigUint64(0, BigInt(json.length), true);
  tensors.set(json, 8);
  const whole = await fetched((seen, write) => serveFile(seen, write, { bytes: tensors, etag: ETAG }), {
    model: { file: "a.safetensors" },
  });
  assert.equal(whole.checked, "structure");
  const cut = await fetched(
    (seen, write) => serveFile(seen, write, { bytes: tensors.subarray(0, 100), etag: ETAG }),
    {
      model: { file: "a.safetensors" },
    },
  );
  assert.match(cut.error!.message, /speaks of \d+ bytes, and it has 100/);
  assert.equal(cut.there, null);
});

Deno.test("a wrong hash is never kept, whether its manifest or its source says so", async () => {
  const answer: Answer = (seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG });
  const wrong = await fetched(answer, { model: { sha256: "0".repeat(64) } });
  assert.match(wrong.error!.message, /SHA-256 is [0-9a-f]{16}… where it should be 0000/);
  assert.equal(wrong.requests, 2, "once may be an accident on the way");
  assert.deepEqual(wrong.names, []);
  // As huggingface.co does: it names the hash, and sends to where the bytes are.
  const linked = (digest: string): Answer => (seen, write) =>
    seen.path === "/a.bin"
      ? write(
        head(302, {
          location: "/cdn/a",
          "x-linked-etag": `"${digest}"`,
          "x-linked-size": BYTES.length,
          "content-length": 0,
        }),
      )
      : serveFile(seen, write, { bytes: BYTES, etag: ETAG });
  assert.equal((await fetched(linked(digestOf(BYTES)))).checked, "sha256");
  assert.match((await fetched(linked("1".repeat(64)))).troubles[0]!, /where it should be 1111/);
});

Deno.test("a redirect elsewhere is followed only to hosts that are allowed, and never with the token", async () => {
  await using cdn = openSource((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG }));
  const answer: Answer = (_, write) => write(head(302, { location: `${cdn.url}/x`, "content-length": 0 }));
  const refused = await fetched(answer, { token: "hf_secret" });
  assert.match(
    refused.error!.message,
    /sends us to 127\.0\.0\.1:\d+, which this download may not reach.*--model-host 127\.0\.0\.1:\d+/,
  );
  assert.doesNotMatch(refused.error!.message, /hf_secret/);
  assert.equal(cdn.seen.length, 0);
  const followed = await fetched(answer, { token: "hf_secret", mayReach: () => true });
  assert.equal(followed.error, null);
  assert.equal(followed.seen[0]!.headers.get("authorization"), "Bearer hf_secret");
  assert.equal(cdn.seen[0]!.headers.get("authorization"), undefined);
  const plain = await fetched(
    (_, write) => write(head(302, { location: "http://cdn.example/x", "content-length": 0 })),
    {
      mayReach: () => true,
    },
  );
  assert.match(plain.error!.message, /plain http/);
  const circle = await fetched((_, write) => write(head(302, { location: "/a.bin", "content-length": 0 })));
  assert.match(circle.error!.message, /in circles/);
});

Deno.test("who lacks a token, or the file, is told what to do; a source that is busy is asked again", async () => {
  const gated = await fetched((_, write) => write(head(401, { "content-length": 0 })));
  assert.match(gated.error!.message, /accept them at .*make a read token.*HF_TOKEN or the file hf_token/);
  const wrong = await fetched((_, write) => write(head(403, { "content-length": 0 })), {
    token: "hf_secret",
  });
  assert.match(wrong.error!.message, /refuses the token/);
  assert.doesNotMatch(wrong.error!.message, /hf_secret/);
  const gone = await fetched((_, write) => write(head(404, { "content-length": 0 })));
  assert.match(gone.error!.message, /does not have it any more/);
  assert.equal(gone.requests, 1);
  let asked = 0;
  const busy = await fetched((seen, write) =>
    ++asked < 4
      ? write(head(asked === 1 ? 429 : 503, { "content-length": 0 }))
      : serveFile(seen, write, { bytes: BYTES, etag: ETAG })
  );
  assert.deepEqual([busy.error, busy.requests], [null, 4]);
  const dead = await fetched((_, write) => write(head(503, { "content-length": 0 })));
  assert.deepEqual([dead.error!.final, dead.requests], [false, 8]);
});

Deno.test("rules that close in the middle stop the flow, and it goes on when they open", async () => {
  let pieces = 0;
  let waited = 0;
  const seen = await fetched((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG }), {
    model: { sha256: digestOf(BYTES) },
    mayGoOn: () => ++pieces !== 1,
    ready: () => Promise.resolve(void waited++),
  });
  assert.equal(seen.error, null);
  assert.deepEqual(seen.there, BYTES);
  assert.equal(waited, 2);
  assert.match(seen.ranges[1]!, /^bytes=[1-9]\d*-$/);
});

Deno.test("no byte is asked for that the disk has no room for", async () => {
  const seen = await fetched((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG }), {
    noRoom: (bytes) => Promise.resolve(`no room for ${bytes}`),
  });
  assert.equal(seen.error!.message, "no room for 60000");
  assert.equal(seen.received, 0);
});

Deno.test("where nobody states a size, what the manifest computed has to have room, and no file is held against it", async () => {
  const model = { size_about: { bytes: 90_000, from: "its shapes" } };
  const unstated: Answer = async (_, write) => {
    await write(`HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: application/octet-stream\r\n\r\n`);
    await write(BYTES);
  };
  const full = await fetched(unstated, {
    model,
    noRoom: (bytes) => Promise.resolve(`no room for ${bytes}`),
  });
  assert.equal(full.error!.message, "no room for 90000");
  const stated = await fetched((seen, write) => serveFile(seen, write, { bytes: BYTES, etag: ETAG }), {
    model,
  });
  assert.deepEqual([stated.error, stated.there], [null, BYTES]);
});

Deno.test("a rounded size fits what it was rounded from, an exact one only itself", () => {
  assert.ok(plausibleSize(17_200_000_000, 17_236_328_572));
  assert.ok(!plausibleSize(17_200_000_000, 16_000_000_000));
  assert.ok(plausibleSize(334_643_268, 334_643_268));
  assert.ok(!plausibleSize(334_643_268, 334_643_269));
  assert.ok(plausibleSize(undefined, 5));
});

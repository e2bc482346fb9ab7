import assert from "node:assert/strict";
import { join } from "@std/path";
import { fetchModel } from "./fetch_model.ts";
import { openHub } from "./testing/hub.ts";

/** A disk that has room for so many more bytes, until it is disposed of. */
function fullAfter(bytes: number): Disposable {
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = function (piece) {
    if ((bytes -= piece.length) >= 0) return write.call(this, piece);
    return Promise.reject(
      Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" }),
    );
  };
  return { [Symbol.dispose]: () => Deno.FsFile.prototype.write = write };
}

Deno.test("a download that fills the disk says so, leaves room for the words, and goes on from there", async () => {
  const root = await Deno.makeTempDir({ prefix: "agent-full-" });
  await using hub = openHub();
  try {
    const model = crypto.getRandomValues(new Uint8Array(65_536));
    const bytes = new Uint8Array(20_000_000).map((_, at) => model[at % 65_536]! ^ (at >> 16));
    hub.files.set("/studio/models/resolve/main/a.bin", { bytes, lfs: true });
    const path = join(root, "vae", "a.bin");
    const url = `${hub.url}/studio/models/resolve/main/a.bin`;
    const bring = () =>
      fetchModel({ folder: "vae", file: "a.bin", licence: "MIT", commercial: true, url }, path, {
        ...{
          signal: new AbortController().signal,
          token: null,
          mayReach: (host) => hub.hosts.includes(host),
        },
        ...{ ready: () => Promise.resolve(), mayGoOn: () => true, noRoom: () => Promise.resolve(null) },
        ...{ received() {}, slow: () => Promise.resolve(), progress() {}, trouble() {} },
      });
    {
      using _full = fullAfter(15_000_000);
      await assert.rejects(bring(), /^ModelError: the disk is full$|the disk is full/);
    }
    const { size } = await Deno.stat(`${path}.part`);
    assert.ok(size > 0 && size <= 15_000_000 - 8_000_000, `${size}`);
    assert.equal((await bring()).checked, "sha256");
    assert.equal(hub.ranges.at(-1), `bytes=${size}-`);
    assert.deepEqual(await Deno.readFile(path), bytes);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

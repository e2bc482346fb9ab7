import assert from "node:assert/strict";
import { join, resolve } from "@std/path";
import fc from "fast-check";
import { ProblemError } from "../../shared/http/problem.ts";
import { attachment } from "./disposition.ts";
import { fileOf, isKey, sweepIncoming, writeFile } from "./files.ts";
import { parseRange } from "./range.ts";
import { isFull } from "./space.ts";
import { make, openTestDisk, upload } from "./testing.ts";

Deno.test("HEAD tells what GET would send", async () => {
  await using disk = await openTestDisk();
  const take = make("0123456789");
  await disk.store.put(take.key, take.bytes, take);
  const url = await disk.store.signedGet(take.key, { expiresS: 60, contentType: "video/mp4" });
  const response = await fetch(url, { method: "HEAD", headers: { range: "bytes=0-1" } });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), "10");
  assert.equal(response.headers.get("content-type"), "video/mp4");
  assert.equal(response.headers.get("etag"), `"${take.oid}"`);
  assert.equal(await response.text(), "");
});

Deno.test("a browser that has the object is told so, and a part is only sent of the same bytes", async () => {
  await using disk = await openTestDisk();
  const take = make("0123456789");
  await disk.store.put(take.key, take.bytes, take);
  const url = await disk.store.signedGet(take.key, { expiresS: 60 });
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask({ "if-none-match": `"other", W/"${take.oid}"` }), [304, ""]);
  assert.deepEqual(await ask({ "if-none-match": `"other"` }), [200, "0123456789"]);
  assert.deepEqual(await ask({ range: "bytes=1-2", "if-range": `"${take.oid}"` }), [206, "12"]);
  assert.deepEqual(await ask({ range: "bytes=1-2", "if-range": `"other"` }), [200, "0123456789"]);
});

Deno.test("an uploaded page cannot act as a page of the studio", async () => {
  await using disk = await openTestDisk();
  const page = make("<script>alert(document.domain)</script>");
  await disk.store.put(page.key, page.bytes, page);
  const url = await disk.store.signedGet(page.key, { expiresS: 60, contentType: "text/html" });
  const response = await fetch(url);
  await response.body?.cancel();
  assert.match(response.headers.get("content-security-policy")!, /^sandbox; default-src 'none'/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
});

Deno.test("no key leads out of the store", () => {
  const root = "/var/studio/objects";
  const part = fc.oneof(
    fc.constantFrom("..", ".", "", "/", "\\", "%2e%2e", "\0", ".incoming", "a", "a.b"),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
    const key = parts.join("/");
    if (!isKey(key)) return assert.throws(() => fileOf(root, key), /as an object key/);
    const file = fileOf(root, key);
    assert.equal(resolve(file), file);
    assert.ok(file.startsWith(`${root}/`) && !file.startsWith(`${root}/.`));
  }));
  for (
    const key of [
      "",
      "/a",
      "a/",
      "a//b",
      "../a",
      "a/../b",
      "a/./b",
      ".incoming/x",
      "a\0b",
      "a b",
      "ä",
      "a\\b",
    ]
  ) {
    assert.ok(!isKey(key), key);
  }
});

Deno.test("a URL with a path trick is refused before anything is opened", async () => {
  await using disk = await openTestDisk();
  const take = make("a take");
  await disk.store.put(take.key, take.bytes, take);
  await Deno.writeTextFile(join(disk.folder!, "..", "secret.txt"), "secret");
  const url = new URL(await disk.store.signedGet(take.key, { expiresS: 60 }));
  for (
    const path of [
      "/objects/..%2fsecret.txt",
      "/objects/%2e%2e/secret.txt",
      "/objects/tenants/..%2f..%2f..%2fsecret.txt",
      "/objects/%2fetc%2fpasswd",
      "/objects/.incoming/x",
      "/objects/%00",
      "/objects/",
      `/objects/${take.key}/`,
      `/objects/${take.key}%00`,
    ]
  ) {
    const response = await fetch(`${url.origin}${path}${url.search}`);
    const text = await response.text();
    assert.ok(response.status === 403 || response.status === 404, `${path}: ${response.status}`);
    assert.ok(!text.includes("secret\n") && text !== "secret");
  }
});

Deno.test("what its signed URL allows cannot be stretched by adding to the query", async () => {
  await using disk = await openTestDisk();
  const take = make("a take");
  await disk.store.put(take.key, take.bytes, take);
  const get = await disk.store.signedGet(take.key, { expiresS: 60, contentType: "image/png" });
  const put = await disk.store.signedPut(take.key, take, 60);
  const stretched = [
    fetch(get.replace(/exp=\d+/, "exp=9999999999")),
    fetch(get.replace("image%2Fpng", "text%2Fhtml")),
    fetch(`${get}&name=x.html`),
    fetch(put.href.replace(/size=\d+/, "size=99"), { method: "PUT", body: "x".repeat(99) }),
    fetch(put.href.replace(/oid=\w+/, `oid=${make("other").oid}`), { method: "PUT", body: "other" }),
    fetch(put.href.replace(/exp=\d+/, "exp=x"), { method: "PUT", body: take.bytes }),
  ];
  for (const response of await Promise.all(stretched)) {
    assert.equal(response.status, 403);
    assert.equal((await response.json()).code, "forbidden");
  }
});

Deno.test("an upload that breaks off leaves nothing, neither half an object nor its temporary file", async () => {
  await using disk = await openTestDisk();
  const take = make(new Uint8Array(1_000_000).fill(7));
  const { href } = await disk.store.signedPut(take.key, take, 60);
  const url = new URL(href);
  {
    using socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(url.port) });
    const head =
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${take.size}\r\n\r\n`;
    await socket.write(new TextEncoder().encode(head));
    await socket.write(take.bytes.subarray(0, 300_000));
    await until(async () => (await incoming(disk.folder!)).length === 1);
  }
  await until(async () => (await incoming(disk.folder!)).length === 0);
  assert.equal(await disk.store.head(take.key), null);
  assert.equal((await upload(await disk.store.signedPut(take.key, take, 60), take.bytes)).status, 200);
  assert.deepEqual(await incoming(disk.folder!), []);
});

Deno.test("what a crash left behind is swept after a day", async () => {
  await using disk = await openTestDisk();
  const folder = join(disk.folder!, ".incoming");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "old"), "x");
  await Deno.writeTextFile(join(folder, "new"), "x");
  const twoDaysAgo = new Date(Date.now() - 48 * 3600_000);
  await Deno.utime(join(folder, "old"), twoDaysAgo, twoDaysAgo);
  await disk.store.selfTest();
  assert.deepEqual(await incoming(disk.folder!), ["new"]);
  await sweepIncoming(join(disk.folder!, "not-there"));
});

Deno.test("errors of a full disk and a spent quota are known as such", async () => {
  assert.ok(isFull(Object.assign(new Error("write failed"), { code: "ENOSPC" })));
  assert.ok(isFull(Object.assign(new Error("write failed"), { code: "EDQUOT" })));
  assert.ok(!isFull(new Error("write failed")));
  if (Deno.build.os !== "linux") return;
  using full = await Deno.open("/dev/full", { write: true });
  await assert.rejects(full.write(new Uint8Array(10)), isFull);
});

/** A file system of 1 MiB in a namespace of its own; not every system lets an ordinary process make one. */
const smallDisk = Deno.build.os === "linux" &&
  (await new Deno.Command("unshare", { args: ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"] }).output()
      .catch(() => null))
      ?.success === true;

Deno.test({
  name: "on a full disk an upload answers 507 out_of_space, and the disk is as before",
  ignore: !smallDisk,
  async fn() {
    const story = new URL("./full_disk.ts", import.meta.url).pathname;
    const mount = `mount -t tmpfs -o size=1m none /mnt && exec "$0" run -A --no-check "$1"`;
    const command = new Deno.Command("unshare", { args: ["-rm", "sh", "-c", mount, Deno.execPath(), story] });
    const { stdout, stderr } = await command.output();
    const said = new TextDecoder().decode(stdout).trim();
    assert.equal(
      said.split("\n").at(-1),
      "507 out_of_space, then 507 out_of_space, then 200",
      said + new TextDecoder().decode(stderr),
    );
  },
});

Deno.test("ranges follow RFC 9110 and never reach outside", () => {
  assert.deepEqual(parseRange("bytes=0-0", 10), { start: 0, end: 0 });
  assert.deepEqual(parseRange("bytes=-99", 10), { start: 0, end: 9 });
  for (
    const whole of [null, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"]
  ) {
    assert.equal(parseRange(whole, 10), null, String(whole));
  }
  for (const outside of ["bytes=10-", "bytes=10-20", "bytes=-0"]) {
    assert.equal(parseRange(outside, 10), "unsatisfiable");
  }
  assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
  const number = fc.option(fc.nat(30), { nil: "" });
  fc.assert(fc.property(number, number, fc.nat(20), (from, to, size) => {
    const span = parseRange(`bytes=${from}-${to}`, size);
    if (span === null || span === "unsatisfiable") return;
    assert.ok(span.start >= 0 && span.start <= span.end && span.end < size);
  }));
});

Deno.test("a file name in a header is a name and nothing more", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    const header = attachment(name);
    assert.match(
      header,
      /^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]+"(; filename\*=UTF-8''[\w.%~!$&+^`|#-]+)?$/,
    );
    new Headers({ "Content-Disposition": header });
    assert.doesNotMatch(header, /filename="[.]|[/\\]/);
  }));
  assert.equal(attachment("SHOT-010.mp4"), 'attachment; filename="SHOT-010.mp4"');
  assert.equal(attachment("é.mp4"), `attachment; filename="_.mp4"; filename*=UTF-8''%C3%A9.mp4`);
  assert.equal(attachment("\u202egpj.exe"), 'attachment; filename="gpj.exe"');
  assert.equal(attachment(".."), 'attachment; filename="download"');
});

Deno.test("two processes' temporary files never share a name, and a wrong key is a bug, not an answer", async () => {
  await using disk = await openTestDisk();
  const take = make("a take");
  await Promise.all(Array.from({ length: 20 }, () => disk.store.put(take.key, take.bytes, take)));
  assert.deepEqual(await incoming(disk.folder!), []);
  await assert.rejects(
    writeFile(disk.folder!, `../${take.oid}`, take.bytes, take),
    (error) => error instanceof Error && !(error instanceof ProblemError),
  );
});

async function incoming(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(join(folder, ".incoming")))).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !await holds();) {
    assert.ok(Date.now() < deadline, "not so after 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { Oid, parsePointer, writePointer } from "./pointer.ts";

const oid = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
const size = fc.integer({ min: 0, max: 999_999_999_999_999 });

Deno.test("a pointer that is written is read back as itself", () => {
  fc.assert(fc.property(oid, size, (oid, size) => {
    assert.deepEqual(parsePointer(writePointer({ oid, size })), { oid, size });
  }));
});

Deno.test("a pointer is the text that git lfs itself writes", () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assert.equal(
    writePointer({ oid: empty, size: 0 }),
    `version https://git-lfs.github.com/spec/v1\noid sha256:${empty}\nsize 0\n`,
  );
});

Deno.test("what git lfs writes for any bytes is what we write", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(4321));
  const oid = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  // `git lfs clean` keeps the object below the repository it stands in.
  const cwd = await Deno.makeTempDir({ prefix: "studio-pointer-" });
  try {
    await new Deno.Command("git", { args: ["init", "-q"], cwd }).output();
    const args = ["lfs", "clean"];
    const command = new Deno.Command("git", { args, cwd, stdin: "piped", stdout: "piped", stderr: "null" });
    await using child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
    const written = await new Response(child.stdout).text();
    assert.equal(written, writePointer({ oid, size: bytes.length }));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("extension lines and unknown keys do not hide the object", () => {
  fc.assert(fc.property(oid, size, (oid, size) => {
    const text = "version https://git-lfs.github.com/spec/v1\n" +
      `ext-0-foo sha256:${"f".repeat(64)}\noid sha256:${oid}\nsize ${size}\nx-later more\n`;
    assert.deepEqual(parsePointer(text), { oid, size });
  }));
});

Deno.test("text that is no pointer is none, whatever it is", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
    assert.equal(parsePointer(text), null);
  }));
  const good = writePointer({ oid: "a".repeat(64), size: 5 });
  for (
    const text of [
      "",
      good.replace("v1", "v2"),
      good.replace("sha256", "sha1"),
      good.replace("aaaa", "AAAA"),
      good.replace("size 5", "size -5"),
      good.replace("size 5", "size 5.5"),
      good.replace("size 5", "size 5000000000000000000"),
      good.replace(/size .*\n/, ""),
      good.replace(/oid .*\n/, ""),
      " " + good,
      good.replaceAll("\n", "\r\n"),
      good + "#".repeat(1024),
    ]
  ) assert.equal(parsePointer(text), null, JSON.stringify(text));
});

Deno.test("one changed character never reads as another pointer of the same object and size", () => {
  const at = fc.integer({ min: 0, max: 126 });
  const char = fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code));
  fc.assert(fc.property(oid, at, char, (oid, at, char) => {
    const good = writePointer({ oid, size: 123_456_789 });
    if (good[at] === undefined || good[at] === char) return;
    const read = parsePointer(good.slice(0, at) + char + good.slice(at + 1));
    assert.ok(read === null || read.oid !== oid || read.size !== 123_456_789);
    assert.ok(read === null || Oid.safeParse(read.oid).success);
  }));
});

/**
 * Run by disk_test.ts with a file system of 1 MiB at /mnt: an upload that is too large for it, one during which somebody else
 * takes the space, and one that fits.
 */
import { make, openTestDisk, upload } from "./testing.ts";

await using disk = await openTestDisk("/mnt/studio");
const said: string[] = [];

const large = make(new Uint8Array(2 * 1024 * 1024).fill(1));
const first = await upload(await disk.store.signedPut(large.key, large, 60), large.bytes);
said.push(`${first.status} ${JSON.parse(first.text).code}`);

const raced = make(new Uint8Array(600_000).fill(2));
const { href, header } = await disk.store.signedPut(raced.key, raced, 60);
const body = ReadableStream.from((async function* () {
  yield raced.bytes.subarray(0, 100_000);
  await Deno.writeFile("/mnt/other", new Uint8Array(700_000));
  yield raced.bytes.subarray(100_000);
})());
const second = await fetch(href, { method: "PUT", headers: header, body });
said.push(`${second.status} ${(await second.json()).code}`);
await Deno.remove("/mnt/other");

for (const each of [large, raced]) {
  if (await disk.store.head(each.key)) throw new Error("Half an object was stored");
}
for await (const left of Deno.readDir("/mnt/studio/objects/.incoming")) {
  throw new Error(`${left.name} was left`);
}
const small = make(new Uint8Array(700_000).fill(3));
const third = await upload(await disk.store.signedPut(small.key, small, 60), small.bytes);
said.push(String(third.status));
console.log(said.join(", then "));

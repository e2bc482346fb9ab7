/** Run by disk_test.ts with a file system of 1 MiB at /mnt: two uploads of which only the second fits. */
import { make, openTestDisk, upload } from "./testing.ts";

await using disk = await openTestDisk("/mnt/studio");
const large = make(new Uint8Array(2 * 1024 * 1024).fill(1));
const first = await upload(await disk.store.signedPut(large.key, large, 60), large.bytes);
if (await disk.store.head(large.key)) throw new Error("Half an object was stored");
const small = make(new Uint8Array(700_000).fill(2));
const second = await upload(await disk.store.signedPut(small.key, small, 60), small.bytes);
console.log(`${first.status} ${JSON.parse(first.text).code}, then ${second.status}`);

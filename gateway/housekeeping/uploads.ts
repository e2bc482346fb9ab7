import type { Finding, House, Rules } from "./mod.ts";
import { WHOLE } from "./mod.ts";

/** Uploads that were begun and never ended: parts in a bucket, files of broken uploads on disk. */
export async function* unfinishedUploads(house: House, rules: Rules): AsyncGenerator<Finding> {
  const oldest = Date.now() - rules.graceDays * 24 * 3600_000;
  const finding: Finding = {
    about: WHOLE,
    what: "uploads that were begun and never ended",
    count: 0,
    bytes: 0,
    examples: [],
  };
  for await (const upload of house.objects.unfinished("tenants/")) {
    if (upload.begun.getTime() > oldest || await isWanted(house, upload.id, rules)) continue;
    if (rules.remove) {
      await house.db.sql`
        delete from lfs_multiparts
        where upload_id = ${upload.id} and touched_at <= now() - make_interval(days => ${rules.graceDays})`;
      // Somebody went on with it just now.
      if (await isWanted(house, upload.id, rules)) continue;
      await house.objects.drop(upload);
    }
    finding.count++;
    finding.bytes! += upload.size;
    if (finding.examples.length < 3) finding.examples.push(upload.key);
  }
  yield finding;
}

/** Somebody went on with it within the grace time. */
async function isWanted({ db }: House, id: string, rules: Rules): Promise<boolean> {
  const [row] = await db.sql`
    select 1 from lfs_multiparts
    where upload_id = ${id} and touched_at > now() - make_interval(days => ${rules.graceDays})`;
  return row !== undefined;
}

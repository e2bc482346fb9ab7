import { createHash } from "node:crypto";
import { join } from "@std/path";
import { ProblemError } from "../../shared/http/problem.ts";
import { bundleOf } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { ArchiveRecord, BUNDLE, OBJECTS, RECORD, ROWS } from "./format.ts";
import { openScratch, type Scratch } from "./scratch.ts";
import { treeEntries } from "./tree_entries.ts";
import { writeRecords } from "./write_records.ts";
import { zip, ZIP_BYTES, ZIP_ENTRIES, type ZipEntry } from "./zip.ts";

type Media = "all" | "pointers";

/**
 * The project as a zip, streamed: the files of main, and beside them what another studio needs to have it whole (history, takes
 * and how they were made). ProblemError too_large when it would need ZIP64, which not every program opens; unavailable when there
 * is no repository yet.
 */
export async function archive(
  studio: Studio,
  project: ProjectRow,
  media: Media,
): Promise<ReadableStream<Uint8Array>> {
  const scratch = await openScratch(studio.config.dataDir);
  try {
    const prepared = await prepare(studio, project, media, scratch);
    return ReadableStream.from(sent(prepared, scratch));
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

/** Small things are gathered before the first byte is sent, so that they are of one moment and their sizes are known. */
async function prepare(
  studio: Studio,
  project: ProjectRow,
  media: Media,
  scratch: Scratch,
): Promise<ZipEntry[]> {
  await settle(studio, project);
  // Git before the database, which is never behind it: every take in the bundle has its row.
  const bundle = join(scratch.path, "history.bundle");
  const head = await bundleOf(studio.git.path(project), bundle);
  if (!head) throw new ProblemError("unavailable", "The project's repository is not there yet; try again.");
  const contents = await contentsOf(studio, project, head, media);
  const inTree = new Map(contents.files.flatMap(({ path, from }) => "oid" in from ? [[from.oid, path]] : []));
  const records = join(scratch.path, "records.jsonl");
  const written = await writeRecords(studio, project, records, (objects) =>
    new Map(
      media === "all" ? objects.map(({ oid }) => [oid, inTree.get(oid) ?? `${OBJECTS}/${oid}`]) : [],
    ));
  const others = written.objects.filter(({ file }) => file?.startsWith(`${OBJECTS}/`));
  const record = ArchiveRecord.parse({
    format: "generative-media-studio project",
    schema: 1,
    made_at: new Date().toISOString(),
    media,
    project: {
      id: project.id,
      title: project.title,
      description: project.description,
      fps: project.fps,
      drop_frame: project.drop_frame,
      pixel_aspect: project.pixel_aspect,
      width: project.width,
      height: project.height,
      quality: project.quality,
      fallback: project.fallback,
      created_at: project.created_at.toISOString(),
      next_timecode: written.next_timecode,
    },
    head,
    bundle: await partOf(bundle),
    records: { size: written.size, sha256: written.sha256 },
  });
  const size = record.bundle.size + written.size + others.reduce((sum, each) => sum + each.size + 500, 0);
  refuseLarge(project, contents, { size, count: others.length + 3 });
  return [
    ...treeEntries(studio, project, contents),
    ...others.map(({ oid }): ZipEntry => ({
      path: `${project.slug}/${OBJECTS}/${oid}`,
      deflate: false,
      open: () => objectOf(studio, project, oid),
    })),
    fileEntry(`${project.slug}/${BUNDLE}`, bundle, false),
    fileEntry(`${project.slug}/${ROWS}`, records, true),
    {
      path: `${project.slug}/${RECORD}`,
      deflate: true,
      open: () => Promise.resolve([new TextEncoder().encode(JSON.stringify(record, null, 2) + "\n")]),
    },
  ];
}

/** What is on the canvases now belongs to it; what cannot be committed just now does not keep anybody from the rest. */
async function settle(studio: Studio, project: ProjectRow): Promise<void> {
  await studio.branches.finish(project);
  await studio.git.settle(project.id).catch((error) =>
    studio.log.warn("A project is exported without its latest changes, which could not be committed", {
      project: project.id,
      error,
    })
  );
}

async function* sent(entries: ZipEntry[], scratch: Scratch): AsyncGenerator<Uint8Array> {
  try {
    yield* zip(entries, new Date());
  } finally {
    await scratch[Symbol.asyncDispose]();
  }
}

async function objectOf(studio: Studio, project: ProjectRow, oid: string) {
  const stream = await studio.lfs.read(project, oid);
  if (!stream) throw new Error(`The object ${oid} is gone from the store`);
  return stream;
}

function fileEntry(path: string, file: string, deflate: boolean): ZipEntry {
  return { path, deflate, open: async () => (await Deno.open(file)).readable };
}

async function partOf(file: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of (await Deno.open(file)).readable) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}

function refuseLarge(project: ProjectRow, { files }: Contents, more: { size: number; count: number }): void {
  // Local header, data descriptor and directory entry: 92 bytes and the name twice.
  const size = files.reduce((sum, file) => sum + file.size + 300 + 6 * file.path.length, more.size);
  const count = files.length + more.count;
  if (size <= ZIP_BYTES && count < ZIP_ENTRIES) return;
  throw new ProblemError(
    "too_large",
    `${project.title} has ${count} files of ${(size / 1e9).toFixed(1)} GB together; a zip takes ` +
      `${ZIP_ENTRIES - 1} files and 4 GB. Clone it with git and git-lfs, or download it without media.`,
  );
}

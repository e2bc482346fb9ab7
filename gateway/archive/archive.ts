import { ProblemError } from "../../shared/http/problem.ts";
import { blobContents, spawnGit } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { type Content, type Contents, contentsOf } from "./contents.ts";
import { zip, ZIP_BYTES, ZIP_ENTRIES, type ZipEntry } from "./zip.ts";

/** Blobs up to this many bytes are read many at once, larger ones streamed by a git of their own. */
const SMALL = 64 * 1024;
const TOGETHER = 100;
const TEXT = /\.(?:json|txt|md|edl|otio|csv|xml|svg|usda|py|js|ts|html|gitattributes|gitignore)$/i;

/**
 * The project's tree at main as a zip, streamed. ProblemError too_large when it would need ZIP64, which not every
 * program opens; unavailable when there is no repository yet.
 */
export async function archive(
  studio: Studio,
  project: ProjectRow,
  media: "all" | "pointers",
): Promise<ReadableStream<Uint8Array>> {
  const commit = await studio.git.head(project);
  if (!commit) throw new ProblemError("unavailable", "The project's repository is not there yet; try again.");
  const contents = await contentsOf(studio, project, commit, media);
  refuseLarge(project, contents);
  const bytes = zip(entriesOf(studio, project, contents), new Date());
  return ReadableStream.from(bytes);
}

function refuseLarge(project: ProjectRow, { files }: Contents): void {
  // Local header, data descriptor and directory entry: 92 bytes and the name twice.
  const size = files.reduce((sum, file) => sum + file.size + 300 + 6 * file.path.length, 0);
  if (size <= ZIP_BYTES && files.length < ZIP_ENTRIES) return;
  throw new ProblemError(
    "too_large",
    `${project.title} has ${files.length} files of ${(size / 1e9).toFixed(1)} GB together; a zip takes ` +
      `${ZIP_ENTRIES - 1} files and 4 GB. Clone it with git and git-lfs, or download it without media.`,
  );
}

function entriesOf(studio: Studio, project: ProjectRow, { files, missing }: Contents): ZipEntry[] {
  const gitDir = studio.git.path(project);
  const small = new SmallBlobs(gitDir, files);
  const entries = files.map(({ path, size, from }): ZipEntry => ({
    path: `${project.slug}/${path}`,
    deflate: "blob" in from && TEXT.test(path),
    async open() {
      if ("oid" in from) {
        const stream = await studio.lfs.read(project, from.oid);
        if (!stream) throw new Error(`The object ${from.oid} of ${path} is gone from the store`);
        return stream;
      }
      return size <= SMALL ? [await small.read(from.blob)] : streamBlob(gitDir, from.blob);
    },
  }));
  if (missing.length === 0) return entries;
  const text = `The studio does not have these files; their Git LFS pointers are in their places.\n\n${
    missing.join("\n")
  }\n`;
  return [...entries, {
    path: `${project.slug}/MISSING_MEDIA.txt`,
    deflate: true,
    open: () => Promise.resolve([new TextEncoder().encode(text)]),
  }];
}

/** Small blobs in the order in which they are asked for, read ahead some at a time. */
class SmallBlobs {
  #gitDir: string;
  #waiting: string[];
  #read = new Map<string, Uint8Array>();

  constructor(gitDir: string, files: Content[]) {
    this.#gitDir = gitDir;
    this.#waiting = files.flatMap(({ from, size }) => "blob" in from && size <= SMALL ? [from.blob] : []);
  }

  async read(blob: string): Promise<Uint8Array> {
    if (!this.#read.has(blob)) {
      const ahead = this.#waiting.splice(0, TOGETHER);
      this.#read = await blobContents(this.#gitDir, [...new Set([blob, ...ahead])]);
    }
    return this.#read.get(blob)!;
  }
}

async function* streamBlob(gitDir: string, blob: string): AsyncGenerator<Uint8Array> {
  const child = spawnGit(["cat-file", "blob", blob], { gitDir });
  await child.stdin.close();
  const said = new Response(child.stderr).text();
  let whole = false;
  try {
    yield* child.stdout;
    whole = true;
  } finally {
    if (!whole) child.kill("SIGTERM");
  }
  if (!(await child.status).success) throw new Error(`git could not read ${blob}: ${await said}`);
}

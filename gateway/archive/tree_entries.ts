import { blobContents, spawnGit } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { Content, Contents } from "./contents.ts";
import type { ZipEntry } from "./zip.ts";

/** Blobs up to this many bytes are read many at once, larger ones streamed by a git of their own. */
const SMALL = 64 * 1024;
const TOGETHER = 100;
const TEXT = /\.(?:json|txt|md|edl|otio|csv|xml|svg|usda|py|js|ts|html|gitattributes|gitignore)$/i;

/** The files of main: media as themselves or as their pointers. */
export function treeEntries(studio: Studio, project: ProjectRow, { files, missing }: Contents): ZipEntry[] {
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

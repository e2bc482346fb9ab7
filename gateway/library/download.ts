import { ProblemError } from "../../shared/http/problem.ts";
import { fileStem } from "../../shared/assets/file_name.ts";
import { zip, ZIP_BYTES, type ZipEntry } from "../archive/mod.ts";
import { git } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import type { LibraryRow } from "./mod.ts";
import type { VersionRow } from "./store.ts";

/** A version as a zip: item.json as it was committed, and its files. ProblemError too_large when it would need ZIP64. */
export async function downloadVersion(
  studio: Studio,
  library: LibraryRow,
  title: string,
  row: VersionRow,
): Promise<{ name: string; body: ReadableStream<Uint8Array> }> {
  const { files } = row.content;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > ZIP_BYTES) {
    throw new ProblemError(
      "too_large",
      `${title} has ${(size / 1e9).toFixed(1)} GB; a zip takes 4 GB. Clone the library with git and git-lfs.`,
    );
  }
  const stem = fileStem(`${title}.item`);
  const manifest = await git(["cat-file", "blob", `${row.commit_sha}:${row.path}/item.json`], {
    gitDir: studio.git.path(library),
  });
  const entries: ZipEntry[] = [
    {
      path: `${stem}/item.json`,
      deflate: true,
      open: () => Promise.resolve([new TextEncoder().encode(manifest)]),
    },
    ...files.map((file): ZipEntry => ({
      path: `${stem}/${file.name}`,
      deflate: false,
      async open() {
        const stream = await studio.lfs.read(library, file.oid);
        if (!stream) throw new Error(`The object ${file.oid} of ${row.path} is gone from the store`);
        return stream;
      },
    })),
  ];
  return {
    name: `${stem} v${row.version}.zip`,
    body: ReadableStream.from(zip(entries, row.published_at)),
  };
}

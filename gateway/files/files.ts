import { FILE_FOLDERS, type ProjectFile, type ProjectFiles } from "../../shared/api/files.ts";
import { OWN_THUMBNAIL } from "../../shared/assets/asset.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { parsePointer, type Pointer } from "../../shared/lfs/pointer.ts";
import { blobTexts, listTree, type TreeFile } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";

/** Files of one answer. */
const MOST = 400;
const LONGEST_POINTER = 1024;
const PICTURE = /\.(?:png|jpe?g|webp)$/i;

/** What main has in the folders that people fill: one folder of it, or what a search finds in all below it. */
export async function filesOf(
  studio: Studio,
  project: ProjectRow,
  { folder, search }: { folder?: string | undefined; search?: string | undefined },
): Promise<ProjectFiles> {
  const commit = await studio.git.head(project);
  if (!commit) throw new ProblemError("unavailable", "The project's repository is not there yet; try again.");
  if (folder !== undefined && !isBelow(folder)) {
    throw new ProblemError("not_found", `There is no folder ${folder} among the files of this project.`);
  }
  const gitDir = studio.git.path(project);
  const tree = (await listTree(gitDir, commit)).filter((file) =>
    isBelow(file.path) && !file.path.endsWith("/.gitkeep") && (!folder || file.path.startsWith(`${folder}/`))
  );
  const words = search?.toLowerCase();
  const here = tree.filter((file) =>
    words === undefined
      ? folder !== undefined && !file.path.slice(folder.length + 1).includes("/")
      : file.path.toLowerCase().includes(words)
  );
  const shown = here.slice(0, MOST);
  return {
    commit,
    folders: words === undefined ? foldersOf(tree, folder) : [],
    files: await viewFiles(gitDir, project.id, shown),
    more: here.length > MOST,
  };
}

function isBelow(path: string): boolean {
  return FILE_FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** The folders right below one, with how many files each has at any depth. */
function foldersOf(tree: readonly TreeFile[], folder: string | undefined): ProjectFiles["folders"] {
  const counts = new Map<string, number>(folder === undefined ? FILE_FOLDERS.map((name) => [name, 0]) : []);
  const start = folder === undefined ? 0 : folder.length + 1;
  for (const { path } of tree) {
    const slash = path.indexOf("/", start);
    if (slash < 0) continue;
    const below = path.slice(0, slash);
    counts.set(below, (counts.get(below) ?? 0) + 1);
  }
  return [...counts].map(([path, files]) => ({ path, name: path.slice(start), files }));
}

async function viewFiles(
  gitDir: string,
  projectId: string,
  files: readonly TreeFile[],
): Promise<ProjectFile[]> {
  const small = files.filter((file) => file.size <= LONGEST_POINTER);
  const texts = await blobTexts(gitDir, [...new Set(small.map((file) => file.blob))]);
  return files.map((file) => viewFile(projectId, file, parsePointer(texts.get(file.blob) ?? "")));
}

function viewFile(projectId: string, { path, size }: TreeFile, pointer: Pointer | null): ProjectFile {
  const picture = pointer !== null && PICTURE.test(path);
  const file_url = pointer ? `/api/projects/${projectId}/assets/${pointer.oid}/file` : null;
  return {
    path,
    name: path.slice(path.lastIndexOf("/") + 1),
    size: pointer?.size ?? size,
    oid: pointer?.oid ?? null,
    picture,
    file_url,
    thumbnail_url: picture && pointer.size <= OWN_THUMBNAIL ? file_url : null,
  };
}

import { writePointer } from "../../shared/lfs/pointer.ts";
import { FileRef, type Graph } from "../../shared/canvas/graph.ts";
import { MAIN } from "../../shared/project/branch.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { Querier } from "../db/mod.ts";
import type { Change } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";

/**
 * The files that a branch's project.json names and that were not made on that branch: media are filed on main, takes where they were
 * asked for. They come along with it, so that a clone of the branch has all that its canvas shows.
 */
export async function namedFiles(
  studio: Studio,
  q: Querier,
  project: ProjectRow,
  { canvas, shots }: Manifest,
): Promise<Change[]> {
  const nodes = Object.values(shots).flatMap(({ node, active }) => active === undefined ? [] : [node]);
  const chosen = await studio.takes.active(q, project.id, nodes, project.branch);
  const elsewhere = [...chosen.values()].filter((take) => take.branch !== project.branch);
  const refs = project.branch === MAIN ? [] : fileRefs(canvas);
  // Only what the project has filed: a canvas can name any path.
  const filed = await studio.assets.filed(q, project.id, refs.map((ref) => ref.path));
  return [
    ...studio.takes.files(elsewhere),
    ...filed.map((asset) => ({ path: asset.path, content: writePointer(asset) })),
  ];
}

function fileRefs(graph: Graph): FileRef[] {
  const found: FileRef[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const ref = FileRef.safeParse(value);
    if (ref.success) found.push(ref.data);
    else Object.values(value).forEach(look);
  };
  graph.nodes.forEach(look);
  return found;
}

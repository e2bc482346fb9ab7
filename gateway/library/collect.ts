import { fileStem } from "../../shared/assets/file_name.ts";
import { isGenerating, type NodeOf } from "../../shared/canvas/graph.ts";
import { withContents } from "../../shared/canvas/groups.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { extract, freeName } from "../../shared/library/extract.ts";
import type { ItemContent } from "../../shared/library/item.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { LibraryRow } from "./mod.ts";

export interface Source {
  project_id: string;
  node_id?: string | undefined;
  oid?: string | undefined;
  file_name?: string | undefined;
}

/** What is to be published, with its objects in the library already: those are found by hash, and copied within the store. */
export async function collect(
  studio: Studio,
  library: LibraryRow,
  source: Source,
  { user, itemId }: { user: UserPrincipal; itemId: string | null },
): Promise<ItemContent> {
  const project = await studio.projects.find(user.tenant_id, source.project_id);
  if (source.node_id !== undefined) {
    return await collectNode(studio, library, project, { nodeId: source.node_id, itemId });
  }
  if (source.oid !== undefined) {
    return await collectFile(studio, library, project, { oid: source.oid, name: source.file_name });
  }
  throw new ProblemError(
    "invalid_request",
    "Say what to publish: a node_id of the canvas, or the oid of a file.",
  );
}

async function collectNode(
  studio: Studio,
  library: LibraryRow,
  project: ProjectRow,
  { nodeId, itemId }: { nodeId: string; itemId: string | null },
): Promise<ItemContent> {
  const { graph } = await studio.canvas.read(studio.db.sql, project.id);
  const taken = extract(graph, nodeId, itemId);
  if (!taken) {
    throw new ProblemError("not_found", "There is no such node on the canvas (any more).");
  }
  const files: ItemContent["files"] = [];
  for (const file of taken.files) {
    await studio.lfs.share(project, library, file.oid);
    const content = await studio.assets.contentOf(project, file.oid);
    files.push({ ...file, format: content?.format.format ?? "" });
  }
  // An asset is known by its first picture; what makes pictures by the newest that it made.
  const asset = taken.graph.nodes.find((node) => node.type === "asset" && node.images.length);
  if (asset?.type === "asset") {
    return { kind: taken.kind, poster: asset.images[0]!.path, files, graph: taken.graph };
  }
  const names = new Set(files.map((file) => file.name.toLowerCase()));
  const made = [...withContents(graph, [nodeId])];
  const poster = await posterOf(studio, library, project, { nodes: made, taken: names });
  if (!poster) return { kind: taken.kind, files, graph: taken.graph };
  return {
    kind: taken.kind,
    poster: poster.name,
    files: [...files.filter((file) => file.oid !== poster.oid), poster],
    graph: taken.graph,
  };
}

/** The picture of the newest active take among these nodes, as a file of the item. */
async function posterOf(
  studio: Studio,
  library: LibraryRow,
  project: ProjectRow,
  { nodes, taken }: { nodes: string[]; taken: Set<string> },
): Promise<ItemContent["files"][number] | null> {
  const { graph } = await studio.canvas.read(studio.db.sql, project.id);
  const makers = graph.nodes.filter((node) => isGenerating(node) && nodes.includes(node.id));
  const active = await studio.takes.active(studio.db.sql, project.id, makers.map((node) => node.id));
  const newest = [...active.values()].toSorted((a, b) => a.id < b.id ? 1 : -1);
  for (const take of newest) {
    const oid = take.poster_oid ?? (take.kind === "image" ? take.oid : null);
    const content = oid ? await studio.assets.contentOf(project, oid) : null;
    if (!oid || content?.format.kind !== "image") continue;
    const { size } = await studio.lfs.share(project, library, oid);
    const { format, extension } = content.format;
    return { name: freeName(`poster.${extension}`, taken), oid, size, format };
  }
  return null;
}

async function collectFile(
  studio: Studio,
  library: LibraryRow,
  project: ProjectRow,
  { oid, name }: { oid: string; name: string | undefined },
): Promise<ItemContent> {
  const content = await studio.assets.contentOf(project, oid);
  if (!content) {
    throw new ProblemError(
      "unsupported_media_type",
      `${
        name ?? "This file"
      } is no picture, sound or clip that the project has; the library takes those from a canvas. ` +
        "Anything else comes in by a push to the library's repository.",
    );
  }
  const { size } = await studio.lfs.share(project, library, oid);
  const { format, extension, kind } = content.format;
  const stem = fileStem(name ?? oid.slice(0, 12));
  const file = { name: `${stem}.${extension}`, oid, size, format };
  if (kind !== "image") return { kind: "media", files: [file], graph: { nodes: [], edges: [] } };
  // A picture comes onto a canvas as an asset that shows it.
  const node: NodeOf<"asset"> = {
    id: "media",
    type: "asset",
    title: stem.slice(0, 120),
    position: { x: 0, y: 0 },
    kind: "style",
    description: "",
    images: [{ path: file.name, oid, size }],
  };
  return { kind: "media", poster: file.name, files: [file], graph: { nodes: [node], edges: [] } };
}

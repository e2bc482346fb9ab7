import type { z } from "zod";
import type { CreateProject } from "../../shared/api/project.ts";
import { ASSET_FOLDERS, type FileAsset } from "../../shared/assets/asset.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import type { AssetRow } from "../assets/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Studio } from "../studio.ts";
import type { ProjectRow } from "./mod.ts";

interface Wish {
  user: UserPrincipal;
  from: ProjectRow;
  title: string;
}

/**
 * Another film that begins where this one is: settings, canvas, the project's media and every file that the canvas names. Media first, so
 * that no node ever names a file that is not there.
 */
export async function duplicate(
  studio: Studio,
  create: (user: UserPrincipal, body: z.infer<typeof CreateProject>) => Promise<ProjectRow>,
  { user, from, title }: Wish,
): Promise<ProjectRow> {
  const { graph } = await studio.canvas.read(studio.db.sql, from.id);
  const assets = await allAssets(studio, from);
  const { description, fps, width, height, quality, fallback } = from;
  const made = await create(user, { title, description, fps, width, height, quality, fallback });
  const to = await studio.projects.update(made, { pools: from.pools }, user.name, user.user_id);
  for (const { folder, name, oid, size } of filesOf(graph, assets)) {
    if (await studio.lfs.ready(studio.db.sql, from.id, oid) === null) continue;
    await studio.lfs.copy(from, to, { oid, size });
    await studio.assets.file(to, { folder, name, oid, size }, user.name);
  }
  if (graph.nodes.length) await studio.canvas.put(to, graph, { by: user.name });
  studio.log.info("A project was duplicated", { project: to.id, from: from.id });
  return to;
}

async function allAssets(studio: Studio, project: ProjectRow): Promise<AssetRow[]> {
  const all: AssetRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await studio.assets.list(project.id, { limit: 200, ...(cursor ? { cursor } : {}) });
    all.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return all;
}

/** Media oldest first, so that each gets the name that it has there; then what only the canvas names: masks, pushed pictures. */
function filesOf(graph: Graph, assets: AssetRow[]): FileAsset[] {
  const known = new Set(assets.map(({ oid }) => oid));
  const named = graph.nodes.flatMap((node) =>
    node.type === "asset" ? node.images : node.type === "edit_image" && node.mask ? [node.mask] : []
  );
  const others = new Map(named.filter(({ oid }) => !known.has(oid)).map((file) => [file.oid, file]));
  return [
    ...assets.toReversed(),
    ...[...others.values()].map(({ path, oid, size }) => {
      const folder = path.startsWith(ASSET_FOLDERS.Masks.path) ? "Masks" as const : "Images" as const;
      return { folder, name: path.split("/").at(-1)!, oid, size };
    }),
  ];
}

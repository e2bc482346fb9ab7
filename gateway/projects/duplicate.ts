import type { z } from "zod";
import type { CreateProject } from "../../shared/api/project.ts";
import { ASSET_FOLDERS, type AssetFolder, type FileAsset } from "../../shared/assets/asset.ts";
import { FileRef, type Graph } from "../../shared/canvas/graph.ts";
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
  const files = filesOf(graph, assets);
  await studio.plans.requireRoom(
    studio.db.sql,
    from.tenant_id,
    files.reduce((sum, { size }) => sum + size, 0),
  );
  const { description, fps, drop_frame, width, height, pixel_aspect, quality, fallback } = from;
  const made = await create(user, {
    ...{ title, description, fps, drop_frame, width, height, pixel_aspect, quality, fallback },
  });
  const to = await studio.projects.update(
    made,
    { pools: from.pools, trust: from.trust },
    user.name,
    user.user_id,
  );
  for (const { folder, name, oid, size } of files) {
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
  const others = new Map(
    refsIn(graph.nodes).filter(({ oid }) => !known.has(oid)).map((file) => [file.oid, file]),
  );
  return [
    ...assets.toReversed(),
    ...[...others.values()].map(({ path, oid, size }) => {
      // The narrowest: masks lie within the pictures.
      const folder = FOLDERS.find((each) => path.startsWith(`${ASSET_FOLDERS[each].path}/`)) ?? "Images";
      return { folder, name: path.split("/").at(-1)!, oid, size };
    }),
  ];
}

const FOLDERS: readonly AssetFolder[] = ["Masks", "Images", "Audio", "Video"];

/** Every file that something on the canvas names, whatever node or track it is. */
function refsIn(value: unknown): FileRef[] {
  if (typeof value !== "object" || value === null) return [];
  const ref = FileRef.safeParse(value);
  return ref.success ? [ref.data] : Object.values(value).flatMap(refsIn);
}

import type { Asset } from "../../../shared/assets/asset.ts";
import type { CanvasNode, FileRef, Graph, NodeOf } from "../../../shared/canvas/graph.ts";
import { homeOf } from "../../../shared/canvas/groups.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { PORTS } from "../../../shared/canvas/ports.ts";
import { say } from "../../state/toasts.ts";
import { isZip } from "../../transfer/dropped.ts";
import { newEdgeId, newNode } from "../catalogue.ts";
import { withFrames } from "../group_actions.ts";
import { placesIn } from "../flow/wires.ts";
import { boxOf, sizeOf } from "../flow/sizes.ts";
import { freeSpot } from "../free_spot.ts";
import type { Workspace } from "../workspace.ts";

/** Where something was dropped: on a node, or beside all of them. */
export interface Place {
  node?: string;
  position: { x: number; y: number };
}

/** Most pictures of one asset; the schema of its node says so. */
const MOST_IMAGES = 32;
/** Canvas pixels between what is dropped together. */
const APART = 200;
const ASSET = sizeOf({ type: "asset" });

/** A file of the project as it is put on the canvas; what is no picture has no width. */
export type Placeable =
  & Pick<Asset, "name" | "path" | "oid" | "size" | "width">
  & Partial<Pick<Asset, "folder">>;

export function refOf({ path, oid, size }: Pick<Asset, "path" | "oid" | "size">): FileRef {
  return { path, oid, size };
}

/** Brings files from the person's disk into the project's media, those of zips among them. */
export async function bringAll(
  { uploads }: Workspace,
  files: readonly File[],
  again?: (file: File) => void,
): Promise<Asset[]> {
  const brought = await Promise.all(
    files.map(async (file) =>
      isZip(file)
        ? await uploads.bringZip(file)
        : [await uploads.bring(file, { name: file.name }, again ? { again: () => again(file) } : {})]
    ),
  );
  return brought.flat().filter((asset) => asset !== null);
}

/** Brings files from the person's disk, each to the same place. */
export async function bringFiles(
  workspace: Workspace,
  files: readonly File[],
  place: Place,
): Promise<void> {
  const again = (file: File) => void bringFiles(workspace, [file], place);
  placeAssets(workspace, await bringAll(workspace, files, again), place);
}

/** Media onto the canvas as one gesture: into an asset, wired into what takes it, or as new assets. */
export function placeAssets(workspace: Workspace, assets: readonly Placeable[], place: Place): void {
  const pictures = assets.filter((asset) => asset.width !== null);
  const others = assets.length - pictures.length;
  const sounds = assets.filter((asset) => asset.folder === "Audio").length;
  if (others > 0 && sounds === others) {
    say(
      `${sounds === 1 ? assets.find((each) => each.width === null)!.name : `${sounds} sounds`} ` +
        `${
          sounds === 1 ? "lies" : "lie"
        } in the project's media. To hear it in the film, add it to a track in the assembler's panel.`,
    );
  } else if (others > 0) {
    say(
      `${others === 1 ? assets.find((each) => each.width === null)!.name : `${others} files`} ` +
        "lies in the project's media; nodes show pictures only.",
    );
  }
  if (pictures.length === 0) return;
  const target = place.node ? workspace.document.node(place.node).value : null;
  if (target?.type === "asset") addImages(workspace, target, pictures);
  else addAssets(workspace, pictures, target, place.position);
}

function addImages(workspace: Workspace, node: NodeOf<"asset">, pictures: readonly Placeable[]): void {
  const has = new Set(node.images.map((image) => image.oid));
  const fresh = pictures.filter((asset) => !has.has(asset.oid));
  const images = [...node.images, ...fresh.map(refOf)].slice(0, MOST_IMAGES);
  if (node.images.length + fresh.length > MOST_IMAGES) {
    say(`An asset has at most ${MOST_IMAGES} pictures; the others lie in the project's media.`);
  }
  if (fresh.length) {
    const label = `Add ${fresh.length === 1 ? fresh[0]!.name : `${fresh.length} pictures`}`;
    workspace.document.apply(label, [{ op: "update_node", id: node.id, set: { images } }]);
  }
}

/** The wire to the one input in a folded group that takes a picture; where there are several, a person chooses. */
function intoGroup(
  { levels }: Workspace,
  graph: Graph,
  group: NodeOf<"group">,
  asset: CanvasNode,
): Operation[] {
  const board = { graph, level: levels.level.value, border: (id: string) => levels.border(id).value };
  const choices = placesIn(board, group.id, { node: asset.id, port: "asset", kind: "source" });
  if (choices.length > 1) {
    say(
      `${group.title} takes a picture in ${choices.length} places: drag a wire from ${asset.title} onto it to choose one.`,
    );
  }
  return choices.length === 1 ? choices[0]!.operations : [];
}

function addAssets(
  workspace: Workspace,
  pictures: readonly Placeable[],
  target: CanvasNode | null,
  position: { x: number; y: number },
): void {
  const before = workspace.document.graph.value, graph = { ...before };
  const port = target && PORTS[target.type].inputs.find((each) => each.accepts.includes("asset"));
  const operations: Operation[] = [];
  const ids: string[] = [];
  // An input that holds one wire takes the first picture, in the place of what it had.
  const wanted = port && !port.many ? pictures.slice(0, 1) : pictures;
  for (const [index, picture] of wanted.entries()) {
    const at = target
      ? freeSpot(graph, { x: target.position.x - 270, y: target.position.y + index * APART }, ASSET)
      : { x: position.x, y: position.y + index * APART };
    const fresh = newNode(graph, "asset", at);
    // What is wired to a node lies in its group.
    const home = target ? target.parent ?? null : homeOf(graph, fresh, boxOf, workspace.levels.level.value);
    const node = {
      ...fresh,
      ...(home === null ? {} : { parent: home }),
      title: picture.name.replace(/\.\w+$/, "").slice(0, 120),
      images: [refOf(picture)],
    } as NodeOf<"asset">;
    graph.nodes = [...graph.nodes, node];
    ids.push(node.id);
    operations.push({ op: "add_node", node });
    if (!port) continue;
    if (!port.many) {
      for (const edge of graph.edges) {
        if (edge.target === target!.id && edge.target_port === port.name) {
          operations.push({ op: "remove_edge", id: edge.id });
        }
      }
    }
    operations.push({
      op: "add_edge",
      edge: {
        id: newEdgeId(),
        source: node.id,
        source_port: "asset",
        target: target!.id,
        target_port: port.name,
      },
    });
  }
  if (target?.type === "group" && target.collapsed && ids.length === 1) {
    operations.push(...intoGroup(workspace, graph, target, graph.nodes.at(-1)!));
  }
  const label = `Add ${wanted.length === 1 ? wanted[0]!.name : `${wanted.length} pictures`}`;
  if (!workspace.document.apply(label, withFrames(before, operations)) || target) return;
  workspace.selection.value = new Set(ids);
  workspace.reveal.value = ids[0]!;
}

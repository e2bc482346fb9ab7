import type { FileRef, GeneratingNode, Graph } from "../../shared/canvas/graph.ts";
import { offOf, silentInto } from "../../shared/canvas/left_out.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { JobInput } from "../../shared/jobs/job.ts";
import type { RunnerInput, RunnerManifest } from "../../shared/runners/manifest.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import type { Size } from "./picture.ts";
import { assetsOf } from "./prompt.ts";
import { pipelineOf } from "./runner_choice.ts";

export interface Wired {
  inputs: JobInput[];
  /** Of the picture that is edited or that the shot starts from. */
  sourceSize: Size | null;
  /** Wires that the runner has no use for. */
  unused: string[];
}

interface Found {
  oid: string;
  size: number;
  file_name: string;
  picture: Size | null;
}

/**
 * The files of a node, given to the runner's file inputs: what the node or its pipeline names for an input, the source or start
 * image to the input of that name (else its first image), the control picture to its own, the mask to its mask, then the
 * images of the wired assets to the images that are left. `graph` is the canvas in force, `drawn` the same as it is drawn,
 * `active` the chosen takes of the nodes that feed it.
 *
 * ProblemError unprocessable when a wired picture is not there yet, or an input that the runner needs stays empty.
 */
export async function wiredInputs(
  studio: Studio,
  project: ProjectRow,
  { graph, drawn, active }: { graph: Graph; drawn: Graph; active: ReadonlyMap<string, TakeRow> },
  node: GeneratingNode,
  manifest: RunnerManifest,
): Promise<Wired> {
  const free = manifest.inputs.filter((input) => ["image", "mask", "video", "audio"].includes(input.type));
  const inputs: JobInput[] = [];
  const unused: string[] = [];
  const give = (file: Found, to: RunnerInput | undefined): boolean => {
    if (!to) return false;
    free.splice(free.indexOf(to), 1);
    inputs.push({ name: to.name, oid: file.oid, size: file.size, file_name: file.file_name });
    return true;
  };
  const image = (...names: string[]) =>
    names.map((name) => free.find((each) => each.name === name && each.type === "image")).find(Boolean) ??
      free.find((each) => each.type === "image");

  for (const [name, file] of Object.entries({ ...pipelineOf(graph, node)?.files, ...node.files })) {
    if (!give(ofFile(file), free.find((each) => each.name === name))) unused.push(fileName(file));
  }
  const control = await pictureAt(studio, project, { graph, active }, node, ["control"]);
  if (control && !give(control, free.find((each) => each.name === "control"))) {
    unused.push("the control picture");
  }
  const source = await pictureAt(studio, project, { graph, active }, node, ["source", "image"]);
  if (source && !give(source, image("source", "image", "start_image"))) unused.push("the picture");
  if (node.type === "edit_image" && node.mask) {
    if (!give(ofFile(node.mask), free.find((each) => each.type === "mask"))) unused.push("the mask");
  }
  for (const asset of assetsOf(graph, node)) {
    for (const ref of asset.images) {
      if (!give(ofFile(ref), image(asset.kind, "ref", "reference"))) {
        unused.push(`a picture of ${asset.title}`);
      }
    }
  }
  const missing = free.find((input) => input.required);
  if (missing) {
    const how = HOW[missing.type] ??
      (missing.name === "control"
        ? wakeUp(drawn, node, ["control"]) ?? "wire a picture into its Control picture"
        : wakeUp(drawn, node) ?? "wire a picture or an asset with an image into it");
    throw unprocessable(
      `"${node.title}" has no ${missing.title.toLowerCase()}, which ${manifest.title} needs; ${how}.`,
    );
  }
  await checkStored(studio, project, node, inputs);
  return { inputs, sourceSize: source?.picture ?? null, unused: [...new Set(unused)] };
}

/** What to switch on again, where a picture is wired in and nothing of it arrives. */
function wakeUp(drawn: Graph, node: GeneratingNode, ports = ["source", "image", "assets"]): string | null {
  const [silent] = silentInto(drawn, node.id, ports);
  return silent
    ? `"${silent.title}" is ${
      offOf(silent)
    } and supplies none: switch it on again, or wire another picture in`
    : null;
}

/** Where a file comes from that no wire brings. */
const HOW: Partial<Record<RunnerInput["type"], string>> = {
  mask: "paint one on the node",
  audio: "choose a recording in its settings",
  video: "choose a clip in its settings",
};

/** The picture that is wired into the first of these ports that has a wire. */
async function pictureAt(
  { assets }: Studio,
  project: ProjectRow,
  { graph, active }: { graph: Graph; active: ReadonlyMap<string, TakeRow> },
  node: GeneratingNode,
  ports: readonly string[],
): Promise<Found | null> {
  const edge = graph.edges.find((each) => each.target === node.id && ports.includes(each.target_port));
  const from = graph.nodes.find((each) => each.id === edge?.source);
  if (!from) return null;
  if (from.type === "asset") {
    const ref = from.images[0];
    if (!ref) {
      throw unprocessable(
        `"${from.title}" feeds "${node.title}" and has no image; add one to it, then generate.`,
      );
    }
    return { ...ofFile(ref), picture: (await assets.contentOf(project, ref.oid))?.size ?? null };
  }
  const take = active.get(from.id);
  if (!take) {
    throw unprocessable(
      `"${from.title}" feeds "${node.title}" and has no take yet; generate it first, or remove the wire.`,
    );
  }
  return ofTake(take);
}

function ofTake(take: TakeRow): Found {
  return {
    oid: take.oid,
    size: take.size,
    file_name: `${take.name}.${take.extension}`,
    picture: { width: take.media.width, height: take.media.height },
  };
}

function ofFile(ref: FileRef): Found {
  return { oid: ref.oid, size: ref.size, file_name: fileName(ref), picture: null };
}

function fileName(ref: FileRef): string {
  return ref.path.split("/").at(-1)!;
}

async function checkStored(
  { lfs, db }: Studio,
  project: ProjectRow,
  node: GeneratingNode,
  inputs: JobInput[],
): Promise<void> {
  const ready = await lfs.readyAmong(db.sql, project, inputs.map(({ oid }) => oid));
  for (const input of inputs) {
    if (ready.has(input.oid)) continue;
    throw unprocessable(
      `"${node.title}" uses ${input.file_name}, whose content is not in this project's store; ` +
        `upload it again, or push it with git lfs.`,
    );
  }
}

function unprocessable(sentence: string): ProblemError {
  return new ProblemError("unprocessable", sentence);
}

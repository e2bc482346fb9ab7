import { graphFaults } from "../../shared/canvas/operations.ts";
import { Manifest } from "../../shared/project/manifest.ts";
import { tryGit } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";

/** Bytes; as much as the canvas takes over HTTP. */
const LARGEST = 8 * 1024 * 1024;

/** project.json of a commit, or what is wrong with it as a sentence. `project`: also that it is this project's. */
export async function readManifest(
  gitDir: string,
  commit: string,
  options: { project?: ProjectRow; env?: Record<string, string> } = {},
): Promise<{ manifest: Manifest } | { fault: string }> {
  const { project, env } = options;
  const name = `${commit}:project.json`;
  const size = await tryGit(["cat-file", "-s", name], { gitDir, env });
  if (size.code !== 0) return { fault: "project.json is missing; every version of a project has one." };
  if (Number(new TextDecoder().decode(size.stdout)) > LARGEST) {
    return { fault: "project.json is larger than 8 MiB." };
  }
  const read = await tryGit(["cat-file", "blob", name], { gitDir, env });
  if (read.code !== 0) return { fault: "project.json is not a file." };
  return parseManifest(read.stdout, project);
}

function parseManifest(
  bytes: Uint8Array,
  project?: ProjectRow,
): { manifest: Manifest } | { fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "it is not UTF-8";
    return { fault: `project.json is not JSON: ${why}.` };
  }
  const parsed = Manifest.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return { fault: `project.json: ${path.map(String).join(".") || "the whole"}: ${message}.` };
  }
  const manifest = parsed.data;
  const fault = (project ? identityFault(manifest, project) : null) ?? graphFaults(manifest.canvas)[0] ??
    null;
  return fault === null ? { manifest } : { fault: `project.json: ${fault}` };
}

/** What makes it this project, and what cannot change once takes were made. */
function identityFault(manifest: Manifest, project: ProjectRow): string | null {
  if (manifest.uuid !== project.id) {
    return `uuid is ${manifest.uuid}, and this project's is ${project.id}; it is another project's file.`;
  }
  const made = { pixel_aspect: "1:1", drop_frame: false, ...manifest };
  for (const key of ["fps", "width", "height", "pixel_aspect", "drop_frame"] as const) {
    if (made[key] !== project[key]) {
      return `${key} is ${made[key]}; it was set to ${project[key]} when the project was made and stays.`;
    }
  }
  return null;
}

import { z } from "zod";
import { RunnerId } from "../../shared/runners/id.ts";

export const Tool = z.enum(["docker", "podman"]);
export type Tool = z.infer<typeof Tool>;

/** The id of the container that is ComfyUI itself, for every runner that is a graph. */
export const COMFYUI = "comfyui";

/** A container that the owner of the machine agreed to, with `agent container add`. */
export const ContainerConfig = z.object({
  /** The runner's, or `comfyui`. */
  id: RunnerId,
  tool: Tool,
  image: z.string(),
  /** On this machine's loopback. */
  port: z.int().min(1).max(65_535),
  models: z.string().nullable(),
  card: z.object({
    maker: z.enum(["nvidia", "amd"]),
    index: z.int().min(0),
    groups: z.array(z.int().min(0)).default([]),
  }).nullable(),
  agreed_at: z.iso.datetime(),
});
export type ContainerConfig = z.infer<typeof ContainerConfig>;

export function urlOf({ port }: Pick<ContainerConfig, "port">): string {
  return `http://127.0.0.1:${port}`;
}

import type { ProjectRow } from "./mod.ts";

/** What of a project is not as usual, as jobs and `project.json` hold it: pixels that are not square, drop-frame timecode. */
export function shapeOf(
  { pixel_aspect, drop_frame }: Pick<ProjectRow, "pixel_aspect" | "drop_frame">,
): { pixel_aspect?: string; drop_frame?: true } {
  return {
    ...(pixel_aspect === "1:1" ? {} : { pixel_aspect }),
    ...(drop_frame ? { drop_frame } : {}),
  };
}

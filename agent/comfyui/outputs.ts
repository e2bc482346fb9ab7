import { extname } from "@std/path";
import { z } from "zod";
import { type HistoryEntry, OutputEntry } from "./replies.ts";

const EXTENSIONS = {
  image: ["png", "jpg", "jpeg", "webp"],
  video: ["mp4", "webm", "mov", "mkv", "avi", "gif"],
} as const;

/**
 * The file of a finished prompt that is the take. Video comes under `images` (SaveVideo), `gifs` (VHS) or any other key,
 * so the kind is told by the extension; only `output` counts, `temp` is for ComfyUI's own page. The output node's files
 * come first, then any other's. Null when there is none.
 */
export function takeOf(entry: HistoryEntry, kind: "image" | "video", outputNode: string): OutputEntry | null {
  const nodes = Object.keys(entry.outputs).toSorted((a, b) =>
    Number(b === outputNode) - Number(a === outputNode)
  );
  for (const node of nodes) {
    for (const value of Object.values(entry.outputs[node] ?? {})) {
      const files = z.array(z.unknown()).safeParse(value);
      for (const file of files.data ?? []) {
        const output = OutputEntry.safeParse(file);
        if (output.success && output.data.type === "output" && isKind(output.data.filename, kind)) {
          return output.data;
        }
      }
    }
  }
  return null;
}

function isKind(filename: string, kind: "image" | "video"): boolean {
  return (EXTENSIONS[kind] as readonly string[]).includes(extensionOf(filename));
}

export function extensionOf(filename: string): string {
  return extname(filename).slice(1).toLowerCase();
}

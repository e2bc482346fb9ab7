import { z } from "zod";
import { Asset } from "../assets/asset.ts";
import { Project } from "./project.ts";

export const ImportQuery = z.object({
  /** The zip's file name: the title of a film that begins with its media. */
  name: z.string().max(500).optional(),
});

/** Files that the studio does not take, each with a sentence. */
const Refused = z.array(z.object({ name: z.string(), sentence: z.string() }));

/** POST /api/projects/import */
export const ImportedProject = z.object({
  project: Project,
  /** Media that are named and not there: `git lfs push --all` from a clone brings them. */
  missing: z.int(),
  refused: Refused,
});
export type ImportedProject = z.infer<typeof ImportedProject>;

/** POST /api/projects/:p/assets/import */
export const ImportedMedia = z.object({ assets: z.array(Asset), refused: Refused });
export type ImportedMedia = z.infer<typeof ImportedMedia>;

/** One line of a long answer (application/x-ndjson). */
export type Told<T> =
  | { stage: string; done?: number; total?: number }
  | { result: T }
  | { problem: { detail: string; code: string; status: number } };

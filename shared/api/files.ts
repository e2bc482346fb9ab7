import { z } from "zod";
import { Id } from "../ids.ts";
import { Oid } from "../lfs/pointer.ts";

/** The folders of a project that people fill, by the canvas or by a push. */
export const FILE_FOLDERS = ["01_Assets", "04_Project_Files"] as const;

/** GET /api/projects/:p/files */
export const FilesQuery = z.object({
  /** Folder to look into, `01_Assets/Images`; absent: the two at the top. */
  folder: z.string().max(1000).optional(),
  /** Part of a path: looked for in all folders below. */
  search: z.string().trim().min(1).max(100).optional(),
});
export const ProjectFile = z.object({
  path: z.string(),
  name: z.string(),
  /** Bytes: of media those of the file itself. */
  size: z.int(),
  /** Content, of what goes through LFS. */
  oid: Oid.nullable(),
  /** A picture that a node can hold, by its name. */
  picture: z.boolean(),
  /** The file itself: of what goes through LFS. */
  file_url: z.string().nullable(),
  thumbnail_url: z.string().nullable(),
});
export type ProjectFile = z.infer<typeof ProjectFile>;
export const ProjectFiles = z.object({
  /** Of main, that was looked at. */
  commit: z.string(),
  folders: z.array(z.object({ path: z.string(), name: z.string(), files: z.int() })),
  files: z.array(ProjectFile),
  /** There are more than are listed; look into a folder, or search. */
  more: z.boolean(),
});
export type ProjectFiles = z.infer<typeof ProjectFiles>;

/** GET /api/projects/:p/locks */
export const FileLock = z.object({
  id: Id,
  path: z.string(),
  owner: z.string(),
  owner_id: Id,
  ours: z.boolean(),
  locked_at: z.iso.datetime(),
});
export type FileLock = z.infer<typeof FileLock>;
/** POST /api/projects/:p/locks */
export const LockFile = z.strictObject({
  path: z.string().min(1).max(1000).refine(
    (path) => path.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
    "must be a path inside the repository, with / between folders",
  ),
});
/** DELETE /api/projects/:p/locks/:lock */
export const UnlockQuery = z.object({
  /** Breaks somebody else's; for owners of the studio. */
  force: z.enum(["true", "false"]).default("false"),
});

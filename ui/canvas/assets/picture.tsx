import { OWN_THUMBNAIL } from "../../../shared/assets/asset.ts";
import type { FileRef } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";

/** A file that a node holds; of large ones the small picture, never the master. */
export function FilePicture({ file }: { file: FileRef }) {
  const workspace = useWorkspace();
  const name = file.path.split("/").at(-1)!;
  return (
    <img
      src={smallUrl(workspace.project.value.id, file)}
      alt={name}
      loading="lazy"
      decoding="async"
      draggable={false}
    />
  );
}

export function fileUrl(projectId: string, file: Pick<FileRef, "oid">): string {
  return `/api/projects/${projectId}/assets/${file.oid}/file`;
}

function smallUrl(projectId: string, file: FileRef): string {
  const part = file.size > OWN_THUMBNAIL ? "thumbnail" : "file";
  return `/api/projects/${projectId}/assets/${file.oid}/${part}`;
}

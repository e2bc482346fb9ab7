import { OWN_THUMBNAIL } from "../../../shared/assets/asset.ts";
import type { FileRef } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";

/** A file that a node holds; large ones are named instead of loaded. */
export function FilePicture({ file }: { file: FileRef }) {
  const workspace = useWorkspace();
  const name = file.path.split("/").at(-1)!;
  if (file.size > OWN_THUMBNAIL) return <span title={name}>{name}</span>;
  return (
    <img
      src={fileUrl(workspace.project.value.id, file)}
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

import type { MenuEntry } from "../menu/menu.ts";
import { managesPeople } from "../../people/me.ts";
import type { Workspace } from "../workspace.ts";

interface MenuFile {
  path: string;
  name: string;
  oid: string | null;
  file_url: string | null;
  /** Puts it on the canvas; null for what no node shows. */
  place: (() => void) | null;
}

/** What can be done with a file of the project. */
export function fileMenu(workspace: Workspace, file: MenuFile): MenuEntry[] {
  const { locks } = workspace;
  const lock = locks.all.value.get(file.path);
  const entries: (MenuEntry | false)[] = [
    file.place !== null && { id: "place", label: "Put on the canvas", run: file.place },
    !lock && { id: "lock", label: "Lock", run: () => void locks.lock([file.path]) },
    lock?.ours === true && { id: "unlock", label: "Unlock", run: () => void locks.unlock([lock]) },
    lock?.ours === false && managesPeople.value && {
      id: "break_lock",
      label: `Break the lock of ${lock.owner}`,
      run: () => void locks.unlock([lock], true),
    },
    file.oid !== null && {
      id: "publish",
      label: "Publish to the library…",
      run: () => workspace.publishing.value = { file: { oid: file.oid!, name: file.name } },
    },
    file.file_url !== null && { id: "download", label: "Download", run: () => void open(file.file_url!) },
  ];
  return entries.filter((each) => each !== false);
}

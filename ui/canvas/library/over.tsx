import { lazily } from "../../components/lazily.tsx";
import { useWorkspace, type Workspace } from "../workspace.ts";

interface Over {
  workspace: Workspace;
}
const Publish = lazily<Over>(() => import("../over.ts").then((module) => module.PublishDialog), {
  close: ({ workspace }) => workspace.publishing.value = null,
});
const Upgrade = lazily<Over>(() => import("../over.ts").then((module) => module.UpgradeDialog), {
  close: ({ workspace }) => workspace.upgrading.value = null,
});
const Item = lazily<Over>(() => import("../over.ts").then((module) => module.ItemDialog), {
  close: ({ workspace }) => workspace.libraryItem.value = null,
});

/** The library's dialogs; none of them is loaded before it is wanted. */
export function LibraryOver() {
  const workspace = useWorkspace();
  return (
    <>
      {workspace.publishing.value && <Publish workspace={workspace} />}
      {workspace.upgrading.value && <Upgrade workspace={workspace} />}
      {workspace.libraryItem.value && <Item workspace={workspace} />}
    </>
  );
}

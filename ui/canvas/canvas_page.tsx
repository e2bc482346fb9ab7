import { useEffect, useState } from "preact/hooks";
import { Film } from "lucide-preact";
import { MAIN } from "../../shared/project/branch.ts";
import { go } from "../router.ts";
import { pageOf } from "../state/branch.ts";
import { keepPage } from "./assets/drag.ts";
import { listenForClipboard } from "./clipboard.ts";
import { UploadList } from "./assets/upload_list.tsx";
import { BranchDialogs } from "./branches/branch_dialogs.tsx";
import { Gone } from "./branches/gone.tsx";
import { Dock } from "./dock/dock.tsx";
import { Flow } from "./flow/flow.tsx";
import { Inspector } from "./inspector/inspector.tsx";
import { LibraryOver } from "./library/over.tsx";
import { listenForKeys } from "./keys.ts";
import { LeftPanel } from "./palette/left_panel.tsx";
import { Menu } from "./menu/menu.tsx";
import { NodeSearch } from "./palette/node_search.tsx";
import { CommandPalette } from "./palette/command_palette.tsx";
import { Mask } from "./mask/mask.tsx";
import { Preview } from "./preview/preview.tsx";
import { Compare } from "./takes/compare.tsx";
import { Look } from "./takes/look.tsx";
import { TopBar } from "./top_bar.tsx";
import { openWorkspace, type Workspace, WorkspaceContext } from "./workspace.ts";

/** The Production Canvas of one project's branch. */
export function CanvasPage({ id, branch }: { id: string; branch: string }) {
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    let open: Workspace | null = null;
    let left = false;
    let stop = () => {};
    openWorkspace(id, branch).then((opened) => {
      if (left) return opened[Symbol.dispose]();
      open = opened;
      const stops = [listenForKeys(opened), listenForClipboard(opened), keepPage()];
      stop = () => stops.forEach((each) => each());
      const { title } = opened.project.value;
      document.title = branch === MAIN ? title : `${title} (${branch})`;
      setWorkspace(opened);
    }, (error) => setWrong(error instanceof Error ? error.message : String(error)));
    return () => {
      left = true;
      stop();
      open?.[Symbol.dispose]();
    };
  }, [id, branch]);
  if (wrong) {
    return (
      <main class="empty" style="height:100%">
        <Film size={40} />
        <h2>This film cannot be opened</h2>
        <p>{wrong}</p>
        {branch !== MAIN && (
          <button type="button" class="button primary" onClick={() => go(pageOf(id, MAIN))}>Open Main</button>
        )}
        <button type="button" class="button" onClick={() => go("/")}>All films</button>
      </main>
    );
  }
  if (!workspace) return <main class="empty" style="height:100%">Opening…</main>;
  return (
    <WorkspaceContext.Provider value={workspace}>
      <div class={workspace.canEdit ? "studio" : "studio viewing"}>
        <TopBar />
        {workspace.canEdit && <LeftPanel />}
        <main class="middle">
          <Gone />
          <Flow />
          <NodeSearch />
          <UploadList />
        </main>
        <Inspector />
        <Dock />
      </div>
      <Compare />
      <Look />
      <BranchDialogs />
      <Preview />
      <Mask />
      <CommandPalette />
      <LibraryOver />
      <Menu />
    </WorkspaceContext.Provider>
  );
}

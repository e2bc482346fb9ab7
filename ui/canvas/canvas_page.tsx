import { useEffect, useState } from "preact/hooks";
import { Film } from "../components/icons.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { lazily, loadAhead } from "../components/lazily.tsx";
import { go } from "../router.ts";
import { pageOf } from "../state/branch.ts";
import { keepPage } from "./assets/drag.ts";
import { listenForClipboard } from "./clipboard.ts";
import { Gone } from "./branches/gone.tsx";
import { Dock } from "./dock/dock.tsx";
import { Flow } from "./flow/flow.tsx";
import { Inspector } from "./inspector/inspector.tsx";
import { listenForKeys } from "./keys.ts";
import { CanvasArea } from "./keyboard/canvas_area.tsx";
import { panelClasses, PANELS, PanelToggle } from "./panels.tsx";
import { LeftPanel } from "./palette/left_panel.tsx";
import { Overlays } from "./overlays.tsx";
import { TopBar } from "./top_bar.tsx";
import { openWorkspace, type Workspace, WorkspaceContext } from "./workspace.ts";

const NodeSearch = lazily(() => import("./parts.ts").then((module) => module.NodeSearch));
const UploadList = lazily(() => import("./parts.ts").then((module) => module.UploadList));

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
      loadAhead();
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
      <div class={`studio ${workspace.canEdit ? "" : "viewing"} ${panelClasses(workspace.canEdit)}`}>
        <TopBar />
        {workspace.canEdit && PANELS.left.open.value && <LeftPanel />}
        <main class="middle">
          <Gone />
          <CanvasArea>
            <Flow />
          </CanvasArea>
          {workspace.canEdit && <PanelToggle side="left" />}
          <PanelToggle side="right" />
          <NodeSearch />
          <UploadList />
        </main>
        {PANELS.right.open.value && <Inspector />}
        <Dock />
      </div>
      <Overlays />
    </WorkspaceContext.Provider>
  );
}

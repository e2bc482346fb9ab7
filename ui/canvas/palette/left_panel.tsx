import { useSignal } from "@preact/signals";
import { lazily } from "../../components/lazily.tsx";
import { tabKeys } from "../../components/tab_keys.ts";
import { Palette } from "./palette.tsx";

const LibraryTab = lazily(() => import("../parts.ts").then((module) => module.LibraryTab));
const MediaTab = lazily(() => import("../parts.ts").then((module) => module.MediaTab));

const TABS = { nodes: "Nodes", library: "Library", media: "Project media" } as const;
type Tab = keyof typeof TABS;

/** What can be brought onto the canvas: new nodes, what the studio's library holds, and the project's own media. */
export function LeftPanel() {
  const tab = useSignal<Tab>("nodes");
  return (
    <aside class="left" aria-label="Nodes, library and media">
      <div class="tabs" role="tablist" aria-label="What can be brought in" onKeyDown={tabKeys}>
        {(Object.keys(TABS) as Tab[]).map((each) => (
          <button
            type="button"
            key={each}
            role="tab"
            id={`left-${each}`}
            aria-selected={tab.value === each}
            aria-controls="left-content"
            aria-label={TABS[each]}
            title={TABS[each]}
            tabIndex={tab.value === each ? 0 : -1}
            onClick={() => tab.value = each}
          >
            {each === "media" ? <span aria-hidden="true">Media</span> : TABS[each]}
          </button>
        ))}
      </div>
      <div class="left-content" id="left-content" role="tabpanel" aria-labelledby={`left-${tab.value}`}>
        {tab.value === "nodes" ? <Palette /> : tab.value === "library" ? <LibraryTab /> : <MediaTab />}
      </div>
    </aside>
  );
}

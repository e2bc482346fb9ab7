import { useSignal } from "@preact/signals";
import { MediaTab } from "../assets/media_tab.tsx";
import { Palette } from "./palette.tsx";

const TABS = { nodes: "Nodes", media: "Project media" } as const;
type Tab = keyof typeof TABS;

/** What can be brought onto the canvas: new nodes, and the project's own media. */
export function LeftPanel() {
  const tab = useSignal<Tab>("nodes");
  return (
    <aside class="left" aria-label="Nodes and media">
      <div class="tabs" role="tablist">
        {(Object.keys(TABS) as Tab[]).map((each) => (
          <button
            type="button"
            key={each}
            role="tab"
            id={`left-${each}`}
            aria-selected={tab.value === each}
            aria-controls="left-content"
            onClick={() => tab.value = each}
          >
            {TABS[each]}
          </button>
        ))}
      </div>
      <div class="left-content" id="left-content" role="tabpanel" aria-labelledby={`left-${tab.value}`}>
        {tab.value === "nodes" ? <Palette /> : <MediaTab />}
      </div>
    </aside>
  );
}

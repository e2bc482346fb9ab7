import { signal } from "@preact/signals";
import { ChevronDown, ChevronUp } from "../../components/icons.ts";
import { lazily } from "../../components/lazily.tsx";
import { tabKeys } from "../../components/tab_keys.ts";
import { useWorkspace } from "../workspace.ts";

const QueueTab = lazily(() => import("../parts.ts").then((module) => module.QueueTab));
const FleetTab = lazily(() => import("../parts.ts").then((module) => module.FleetTab));
const HistoryTab = lazily(() => import("../parts.ts").then((module) => module.HistoryTab));
const NoticesTab = lazily(() => import("../parts.ts").then((module) => module.NoticesTab));

const TABS = ["Queue", "Fleet", "History", "Notices"] as const;
type Tab = (typeof TABS)[number];
const open = signal<Tab>("Queue");
const closed = signal(false);

export function showTab(tab: Tab): void {
  open.value = tab;
  closed.value = false;
}

/** What the machines are doing and what happened. */
export function Dock() {
  const { live } = useWorkspace();
  const counts = {
    Queue: [...live.jobs.value.values()].filter((job) => ["blocked", "queued", "leased"].includes(job.state))
      .length,
    Fleet: [...live.agents.value.values()].filter((agent) => agent.state !== "offline").length,
    History: 0,
    Notices: live.notices.value.length,
  };
  return (
    <section class={`dock ${closed.value ? "closed" : ""}`} aria-label="Machines">
      <div class="bar-of-tabs">
        <div class="tabs" role="tablist" aria-label="What the machines do" onKeyDown={tabKeys}>
          {TABS.map((tab) => (
            <button
              type="button"
              key={tab}
              role="tab"
              id={`dock-${tab}`}
              aria-controls="dock-content"
              aria-selected={open.value === tab}
              tabIndex={open.value === tab ? 0 : -1}
              onClick={() => showTab(tab)}
            >
              {tab}
              {counts[tab] > 0 && <span class="count">{counts[tab]}</span>}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="button quiet icon"
          aria-expanded={!closed.value}
          aria-label={closed.value ? "Open" : "Close"}
          onClick={() => closed.value = !closed.value}
        >
          {closed.value ? <ChevronUp size={16} /> : <ChevronDown size={16} />}
        </button>
      </div>
      {!closed.value && (
        <div
          class="rows"
          id="dock-content"
          role="tabpanel"
          aria-labelledby={`dock-${open.value}`}
          tabIndex={0}
        >
          {open.value === "Queue" && <QueueTab />}
          {open.value === "Fleet" && <FleetTab />}
          {open.value === "History" && <HistoryTab />}
          {open.value === "Notices" && <NoticesTab />}
        </div>
      )}
    </section>
  );
}

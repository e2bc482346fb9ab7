import { signal } from "@preact/signals";
import { ChevronDown, ChevronUp } from "lucide-preact";
import { useWorkspace } from "../workspace.ts";
import { FleetTab } from "./fleet_tab.tsx";
import { HistoryTab } from "./history_tab.tsx";
import { NoticesTab } from "./notices_tab.tsx";
import { QueueTab } from "./queue_tab.tsx";

const TABS = ["Queue", "Fleet", "History", "Notices"] as const;
const open = signal<(typeof TABS)[number]>("Queue");
const closed = signal(false);

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
      <div class="tabs" role="tablist">
        {TABS.map((tab) => (
          <button
            type="button"
            key={tab}
            role="tab"
            aria-selected={open.value === tab}
            onClick={() => (open.value = tab, closed.value = false)}
          >
            {tab}
            {counts[tab] > 0 && <span class="count">{counts[tab]}</span>}
          </button>
        ))}
        <span style="flex:1" />
        <button
          type="button"
          aria-label={closed.value ? "Open" : "Close"}
          onClick={() => closed.value = !closed.value}
        >
          {closed.value ? <ChevronUp size={16} /> : <ChevronDown size={16} />}
        </button>
      </div>
      {!closed.value && (
        <div class="rows">
          {open.value === "Queue" && <QueueTab />}
          {open.value === "Fleet" && <FleetTab />}
          {open.value === "History" && <HistoryTab />}
          {open.value === "Notices" && <NoticesTab />}
        </div>
      )}
    </section>
  );
}

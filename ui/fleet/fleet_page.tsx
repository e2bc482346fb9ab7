import { useEffect } from "preact/hooks";
import type { Agent } from "../../shared/api/work.ts";
import { callAt } from "../api.ts";
import { changes } from "../canvas/fleet/api.ts";
import { AddGpu } from "../canvas/fleet/add_gpu.tsx";
import { FleetTable } from "../canvas/dock/fleet_tab.tsx";
import { ToFilms } from "../components/to_films.tsx";
import { PersonMenu } from "../people/person_menu.tsx";
import { useLook } from "../state/use_look.ts";

interface Listed {
  items: Agent[];
  next?: string;
}

/** The machines of the studio, for whoever lends or looks after them and has no film open. */
export function FleetPage() {
  const { known, at, wrong } = useLook(agents, changes);
  useEffect(() => {
    document.title = "Fleet";
  }, []);
  return (
    <main class="pages fleet-page">
      <header>
        <ToFilms />
        <h1>Fleet</h1>
        {at && <span class="dim mono">{at.toLocaleTimeString()}</span>}
        <PersonMenu />
      </header>
      {wrong && <p class="notice-box broken" role="alert">{wrong}</p>}
      {!known && !wrong && <p class="dim">Asking …</p>}
      {known && (
        <section>
          <AddGpu />
          <FleetTable agents={known} />
        </section>
      )}
    </main>
  );
}

/** All of them, page by page. */
async function agents(signal: AbortSignal): Promise<Agent[]> {
  const all: Agent[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams({ limit: "200", ...(next ? { cursor: next } : {}) });
    const page: Listed = await callAt("GET", `/api/agents?${query}`, undefined, { signal });
    all.push(...page.items);
    next = page.next;
  } while (next);
  return all;
}

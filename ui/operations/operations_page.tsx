import { useEffect } from "preact/hooks";
import type { Operations } from "../../shared/api/operations.ts";
import { callAt } from "../api.ts";
import { ToFilms } from "../components/to_films.tsx";
import { PersonMenu } from "../people/person_menu.tsx";
import { useLook } from "../state/use_look.ts";
import { ChecksSection } from "./checks_section.tsx";
import { FailuresSection } from "./failures_section.tsx";
import { FleetSection } from "./fleet_section.tsx";
import { DatabaseSection, ProcessSection } from "./gateway_sections.tsx";
import { QueueSection } from "./queue_section.tsx";
import { StorageSection } from "./storage_section.tsx";

const figures = (signal: AbortSignal) => callAt<Operations>("GET", "/api/operations", undefined, { signal });

/** How the studio is doing, by itself kept new. */
export function OperationsPage() {
  const { known, at, wrong } = useLook(figures);
  useEffect(() => {
    document.title = "Operations";
  }, []);
  return (
    <main class="pages operations">
      <header>
        <ToFilms />
        <h1>Operations</h1>
        {at && <span class="dim mono">{at.toLocaleTimeString()}</span>}
        <PersonMenu />
      </header>
      {wrong && (
        <p class="notice-box broken" role="alert">
          {wrong}
          {at && ` What stands here is of ${at.toLocaleTimeString()}.`}
        </p>
      )}
      {!known && !wrong && <p class="dim">Asking …</p>}
      {known && (
        <>
          <QueueSection queue={known.queue} />
          <FleetSection agents={known.agents} />
          <ChecksSection />
          <FailuresSection failures={known.failures} />
          <StorageSection storage={known.storage} />
          {known.gateway
            ? (
              <>
                <DatabaseSection {...known.gateway.database} />
                <ProcessSection {...known.gateway.process} />
              </>
            )
            : (
              <section>
                <h2>Gateway and database</h2>
                <p class="dim">
                  This gateway serves several studios: whoever runs it reads its figures at /metrics.
                </p>
              </section>
            )}
        </>
      )}
    </main>
  );
}

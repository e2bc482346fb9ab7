import { useEffect } from "preact/hooks";
import { ToFilms } from "../components/to_films.tsx";
import { AuditSection } from "./audit_section.tsx";
import { managesPeople, me } from "./me.ts";
import { PeopleSection } from "./people_section.tsx";
import { PersonMenu } from "./person_menu.tsx";
import { SessionsSection } from "./sessions_section.tsx";
import { TokensSection } from "./tokens_section.tsx";
import { WaysInSection } from "./ways_in_section.tsx";

/** Who may do what here, and one's own ways in. */
export function PeoplePage() {
  useEffect(() => {
    document.title = "People";
  }, []);
  if (!me.value) return <main class="empty" style="height:100%">Opening…</main>;
  return (
    <main class="pages">
      <header>
        <ToFilms />
        <h1>People of {me.value.studio.name}</h1>
        <PersonMenu />
      </header>
      <PeopleSection />
      <WaysInSection />
      <SessionsSection />
      <TokensSection />
      {managesPeople.value && <AuditSection />}
    </main>
  );
}

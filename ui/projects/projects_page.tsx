import { signal } from "@preact/signals";
import { Film, Plus, Search } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { canEdit } from "../people/me.ts";
import { PersonMenu } from "../people/person_menu.tsx";
import { ImportFilm } from "../transfer/import_film.tsx";
import { Card } from "./card.tsx";
import { found, load, projects, showArchived, sought } from "./list.ts";
import { NewProject } from "./new_project.tsx";

/** The template that a new film is offered with; null while none is begun. */
const making = signal<string | null>(null);
/** So many films can be looked through without searching. */
const FEW = 6;

/** All films of the studio: open one, begin one, put one away. */
export function ProjectsPage() {
  useEffect(() => {
    document.title = "Generative Media Studio";
    void load();
  }, [showArchived.value]);
  const all = projects.value, list = found.value;
  return (
    <main class="projects">
      <header>
        <i class="studio-mark" aria-hidden="true" />
        <h1>{showArchived.value ? "Archived films" : "Films"}</h1>
        {(all?.length ?? 0) > FEW && (
          <label class="seek">
            <Search size={14} />
            <input
              class="input"
              type="search"
              placeholder="Search films"
              aria-label="Search films"
              value={sought.value}
              onInput={(event) => sought.value = event.currentTarget.value}
            />
          </label>
        )}
        <button
          type="button"
          class="button quiet"
          onClick={() => (projects.value = null, sought.value = "", showArchived.value = !showArchived.value)}
        >
          {showArchived.value ? "Back to films" : "Archived"}
        </button>
        {canEdit.value && <ImportFilm brought={() => void load()} />}
        {canEdit.value && (
          <button type="button" class="button primary" onClick={() => making.value = "blank"}>
            <Plus size={16} /> New film
          </button>
        )}
        <PersonMenu />
      </header>
      {all === null || list === null
        ? <p class="dim">Loading…</p>
        : all.length === 0
        ? <Empty />
        : list.length === 0
        ? <p class="dim" role="status">No film is called that.</p>
        : <div class="grid">{list.map((project) => <Card key={project.id} project={project} />)}</div>}
      {making.value !== null && <NewProject template={making.value} onClose={() => making.value = null} />}
    </main>
  );
}

function Empty() {
  const offers = !showArchived.value && canEdit.value;
  return (
    <div class="empty">
      <Film size={40} />
      <h2>{showArchived.value ? "Nothing is archived" : "No film yet"}</h2>
      <p>
        {showArchived.value
          ? "Films that you put away are kept here, whole."
          : "A film begins with a title. Shots, takes and the cut follow on its canvas."}
      </p>
      {offers && (
        <div class="offers">
          <button type="button" class="button primary" onClick={() => making.value = "blank"}>
            New film
          </button>
          <button type="button" class="button" onClick={() => making.value = "animatic"}>
            Try a four-shot animatic
          </button>
        </div>
      )}
      {offers && <p class="dim">The animatic needs no GPU: a playing film in a minute.</p>}
    </div>
  );
}

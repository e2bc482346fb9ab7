import { signal } from "@preact/signals";
import { Archive, ArchiveRestore, Film, Plus } from "lucide-preact";
import { useEffect } from "preact/hooks";
import type { Project } from "../../shared/api/project.ts";
import { api } from "../api.ts";
import { go } from "../router.ts";
import { attempt, say } from "../state/toasts.ts";
import { canEdit } from "../people/me.ts";
import { PersonMenu } from "../people/person_menu.tsx";
import { ExportFilm } from "../transfer/export_film.tsx";
import { ImportFilm } from "../transfer/import_film.tsx";
import { NewProject } from "./new_project.tsx";

const projects = signal<Project[] | null>(null);
const showArchived = signal(false);
const making = signal(false);

async function load() {
  const page = await attempt(() => api.projects(showArchived.value));
  if (page) projects.value = page.items;
}

/** All films of the studio: open one, begin one, put one away. */
export function ProjectsPage() {
  useEffect(() => {
    document.title = "Generative Media Studio";
    void load();
  }, [showArchived.value]);
  const list = projects.value;
  return (
    <main class="projects">
      <header>
        <h1>{showArchived.value ? "Archived films" : "Films"}</h1>
        <button
          type="button"
          class="button quiet"
          onClick={() => (projects.value = null, showArchived.value = !showArchived.value)}
        >
          {showArchived.value ? "Back to films" : "Archived"}
        </button>
        {canEdit.value && <ImportFilm brought={() => void load()} />}
        {canEdit.value && (
          <button type="button" class="button primary" onClick={() => making.value = true}>
            <Plus size={16} /> New film
          </button>
        )}
        <PersonMenu />
      </header>
      {list === null
        ? <p class="dim">Loading…</p>
        : list.length === 0
        ? <Empty />
        : <div class="grid">{list.map((project) => <Card key={project.id} project={project} />)}</div>}
      {making.value && <NewProject onClose={() => making.value = false} />}
    </main>
  );
}

function Empty() {
  return (
    <div class="empty">
      <Film size={40} />
      <h2>{showArchived.value ? "Nothing is archived" : "No film yet"}</h2>
      <p>
        {showArchived.value
          ? "Films that you put away are kept here, whole."
          : "A film begins with a title. Shots, takes and the cut follow on its canvas."}
      </p>
      {!showArchived.value && canEdit.value && (
        <button
          type="button"
          class="button primary"
          onClick={() => making.value = true}
        >
          New film
        </button>
      )}
    </div>
  );
}

function Card({ project }: { project: Project }) {
  const put = async (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!await attempt(() => api.updateProject(project.id, { archived: !project.archived }))) return;
    say(
      project.archived
        ? `"${project.title}" is back among the films.`
        : `"${project.title}" is archived; nothing of it is lost.`,
    );
    await load();
  };
  return (
    <a
      class="card"
      href={`/p/${project.slug}`}
      onClick={(event) => (event.preventDefault(), go(`/p/${project.slug}`))}
    >
      <div
        class="poster"
        style={project.poster_url ? { backgroundImage: `url("${project.poster_url}")` } : {}}
      >
        {!project.poster_url && <Film size={28} />}
      </div>
      <div class="about">
        <b>{project.title}</b>
        <span class="dim mono">{project.width} × {project.height} · {project.fps} fps</span>
      </div>
      <ExportFilm project={project} compact />
      {canEdit.value && (
        <button
          type="button"
          class="button icon small menu"
          title={project.archived ? "Bring back" : "Archive"}
          onClick={put}
        >
          {project.archived ? <ArchiveRestore size={14} /> : <Archive size={14} />}
        </button>
      )}
    </a>
  );
}

import { Archive, ArchiveRestore, Copy, Film, Pencil } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Project } from "../../shared/api/project.ts";
import { api } from "../api.ts";
import { canEdit } from "../people/me.ts";
import { go } from "../router.ts";
import { attempt, say } from "../state/toasts.ts";
import { agoText } from "../state/words.ts";
import { ExportFilm } from "../transfer/export_film.tsx";
import { kept, load, renaming, workedAt } from "./list.ts";

/** One film: its picture, its name, and what can be done with it. */
export function Card({ project }: { project: Project }) {
  const waiting = kept.value.get(project.id) ?? 0;
  return (
    <article class="card" aria-label={project.title}>
      <a href={`/p/${project.slug}`} onClick={(event) => (event.preventDefault(), go(`/p/${project.slug}`))}>
        <div
          class="poster"
          style={project.poster_url ? { backgroundImage: `url("${project.poster_url}")` } : {}}
        >
          {!project.poster_url && <Film size={28} />}
        </div>
        {renaming.value !== project.id && <b dir="auto" title={project.title}>{project.title}</b>}
      </a>
      {renaming.value === project.id && <Rename project={project} />}
      <span class="dim facts">
        <span title={new Date(workedAt(project)).toLocaleString()}>Edited {agoText(workedAt(project))}</span>
        <span class="size">{project.width} × {project.height} · {project.fps} fps</span>
      </span>
      {waiting > 0 && (
        <span class="attention-text">
          {waiting === 1
            ? "1 change is kept on this computer; open the film to send it"
            : `${waiting} changes are kept on this computer; open the film to send them`}
        </span>
      )}
      {canEdit.value && <Tools project={project} />}
    </article>
  );
}

function Tools({ project }: { project: Project }) {
  return (
    <div class="tools">
      {!project.archived && (
        <button
          type="button"
          class="button icon small"
          title="Rename"
          onClick={() => renaming.value = project.id}
        >
          <Pencil size={14} />
        </button>
      )}
      <button
        type="button"
        class="button icon small"
        title="Duplicate"
        onClick={() => void duplicate(project)}
      >
        <Copy size={14} />
      </button>
      <ExportFilm project={project} compact />
      <button
        type="button"
        class="button icon small"
        title={project.archived ? "Bring back" : "Archive"}
        onClick={() => void put(project)}
      >
        {project.archived ? <ArchiveRestore size={14} /> : <Archive size={14} />}
      </button>
    </div>
  );
}

async function put(project: Project): Promise<void> {
  const put = (archived: boolean) => attempt(() => api.updateProject(project.id, { archived }));
  if (!await put(!project.archived)) return;
  await load();
  if (project.archived) return say(`"${project.title}" is back among the films.`);
  say(`"${project.title}" is archived; nothing of it is lost.`, {
    action: { label: "Undo", run: () => void put(false).then(load) },
  });
}

/** The copy is among the films and waits for its name. */
async function duplicate(project: Project): Promise<void> {
  say(`"${project.title}" is being duplicated…`);
  const made = await attempt(() => api.duplicate(project.id, `${project.title.slice(0, 110)} copy`));
  if (!made) return;
  await load();
  say(`"${made.title}" has the canvas and the media; the takes stay in "${project.title}".`);
  if (!project.archived) renaming.value = made.id;
}

function Rename({ project }: { project: Project }) {
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useLayoutEffect(() => (input.current?.focus(), input.current?.select()), []);
  const end = async (keep: boolean) => {
    if (ended.current) return;
    ended.current = true;
    const title = input.current?.value.trim() ?? "";
    if (keep && title && title !== project.title) {
      await attempt(() => api.updateProject(project.id, { title }));
      await load();
    }
    if (renaming.value === project.id) renaming.value = null;
  };
  return (
    <input
      ref={input}
      class="input"
      dir="auto"
      aria-label="Title of the film"
      maxLength={120}
      defaultValue={project.title}
      onBlur={() => void end(true)}
      onKeyDown={(event) => {
        if (event.key === "Enter") void end(true);
        if (event.key === "Escape") void end(false);
      }}
    />
  );
}

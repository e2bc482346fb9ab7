import { useSignal } from "@preact/signals";
import { Share } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import type { Project } from "../../shared/api/project.ts";

/** Takes a film out of the studio as one zip. */
export function ExportFilm({ project, compact = false }: { project: Project; compact?: boolean }) {
  const asking = useSignal(false);
  const open = (event: Event) => {
    // It may stand on a card that is a link.
    event.preventDefault();
    event.stopPropagation();
    asking.value = true;
  };
  return (
    <>
      <button
        type="button"
        class={compact ? "button icon small export" : "button small quiet"}
        title={`Export ${project.title}`}
        onClick={open}
      >
        <Share size={14} /> {!compact && "Export"}
      </button>
      {asking.value && <Choice project={project} close={() => asking.value = false} />}
    </>
  );
}

const CHOICES = [
  {
    media: "all",
    title: "With media",
    words: "Every take, film and asset. Another studio imports it as it is; up to 4 GB.",
  },
  {
    media: "pointers",
    title: "Without media",
    words: "Canvas, takes and how they were made, history. Small; the media stay in this studio.",
  },
] as const;

function Choice({ project, close }: { project: Project; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="transfer"
      aria-label={`Export ${project.title}`}
      onClose={close}
      onClick={(event) => event.stopPropagation()}
    >
      <div class="transfer-body">
        <h2 title={project.title}>Export {project.title}</h2>
        <p>One zip: the folder of the film, and beside it what a studio needs to have it back whole.</p>
        {CHOICES.map(({ media, title, words }) => (
          <a
            key={media}
            class="choice"
            href={`/api/projects/${project.id}/archive?media=${media}`}
            download
            onClick={() => setTimeout(close)}
          >
            <b>{title}</b>
            <span class="dim">{words}</span>
          </a>
        ))}
        <div class="row">
          <button type="button" class="button quiet" onClick={close}>Cancel</button>
        </div>
      </div>
    </dialog>
  );
}

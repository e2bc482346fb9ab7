import { ChevronLeft, ChevronRight, Star, X } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import type { Take } from "../../../shared/api/work.ts";
import { TIERS } from "../../../shared/tiers.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { takeListOf } from "./take_list.ts";

/** One take as large as the window; the arrows go through the others of its node. */
export function Look() {
  const workspace = useWorkspace();
  const id = workspace.looking.value;
  const take = id ? workspace.live.takes.value.get(id) : undefined;
  return take ? <Large take={take} workspace={workspace} /> : null;
}

function Large({ take, workspace }: { take: Take; workspace: Workspace }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => workspace.looking.value = null;
  const list = takeListOf(workspace, take.node_id);
  const takes = list.takes.value, total = list.total.value;
  const at = takes.findIndex((each) => each.id === take.id);
  // The list is newest first, and the arrows read oldest first. Those around it are read before one comes to them.
  useEffect(() => at < 0 ? list.find(take.id) : list.need(at + 10), [list, take.id, at]);
  const go = (by: number) => {
    const next = takes[at - by];
    if (next) workspace.looking.value = next.id;
  };
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-label={`Take ${take.take}`}
      onClose={close}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") go(-1);
        else if (event.key === "ArrowRight") go(1);
        else return;
        event.preventDefault();
      }}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <header>
        <b>{take.name}</b>
        <span class="dim">{TIERS[take.tier].label} · {at < 0 ? "…" : `${total - at} of ${total}`}</span>
        <span style="flex:1" />
        <button
          type="button"
          class="button icon"
          title="The take before"
          disabled={at < 0 || at >= total - 1}
          onClick={() => go(-1)}
        >
          <ChevronLeft size={16} />
        </button>
        <button
          type="button"
          class="button icon"
          title="The next take"
          disabled={at <= 0}
          onClick={() => go(1)}
        >
          <ChevronRight size={16} />
        </button>
        <button
          type="button"
          class="button"
          disabled={take.active || !workspace.canEdit}
          onClick={() => void attempt(() => api.activate(workspace.project.value.id, take.id))}
        >
          <Star size={14} /> {take.active ? "Active" : "Make active"}
        </button>
        <button type="button" class="button quiet icon" aria-label="Close" autofocus onClick={close}>
          <X size={18} />
        </button>
      </header>
      {take.kind === "video"
        ? <video key={take.id} src={take.proxy_url ?? take.file_url} autoplay loop muted controls />
        : <img key={take.id} src={take.file_url} alt={take.name} />}
    </dialog>
  );
}

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { useModal } from "../../components/modal.tsx";
import { uploadAsset } from "../assets/upload.ts";
import { fileUrl } from "../assets/picture.tsx";
import { refOf } from "../assets/place.ts";
import type { Source } from "../assets/source.ts";
import { lockedWords } from "../locks/heed_locks.ts";
import { useWorkspace } from "../workspace.ts";
import { type Opened, openSource } from "./open_source.ts";
import { createSurface, type Surface } from "./surface.ts";
import { Stage } from "./stage.tsx";
import { createTools, handleKey } from "./tools.ts";
import { Tools } from "./tools_bar.tsx";

interface PainterProps {
  node: NodeOf<"edit_image">;
  source: Source & { url: string };
  close: () => void;
}

/** Painting the mask of an edit, over its source: white is what changes. A module of its own, loaded when it is needed. */
export function MaskPainter({ node, source, close }: PainterProps) {
  const workspace = useWorkspace();
  const dialog = useModal();
  const opened = useSignal<{ sizes: Opened; surface: Surface } | null>(null);
  const wrong = useSignal<string | null>(null);
  const saving = useSignal<number | null>(null);
  const leaving = useSignal(false);
  const saved = useRef(0);
  const stop = useRef<AbortController | null>(null);
  const tools = useMemo(createTools, []);

  useEffect(() => {
    let gone = false;
    const mask = node.mask ? fileUrl(workspace.project.value.id, node.mask) : null;
    openSource(source.url, mask).then((sizes) => {
      if (gone) return;
      const surface = createSurface(sizes.mask.width, sizes.mask.height);
      if (sizes.before) surface.load(sizes.before);
      saved.current = surface.changes.value;
      opened.value = { sizes, surface };
    }, (error) => wrong.value = error.message);
    return () => {
      gone = true;
      stop.current?.abort();
    };
  }, []);

  const surface = opened.value?.surface;
  const leave = () => {
    if (surface && surface.changes.value !== saved.current && !leaving.value) leaving.value = true;
    else close();
  };
  const save = async () => {
    if (!surface || saving.value !== null) return;
    wrong.value = null;
    if (surface.isBlank()) {
      wrong.value = "Nothing is painted: white is what changes. Paint over it, or press Fill for everything.";
      return;
    }
    // A mask that somebody else works on stays theirs: said before anything is sent.
    const theirs = workspace.locks.on(node).find((lock) => !lock.ours && lock.path === node.mask?.path);
    if (theirs) {
      wrong.value = lockedWords(theirs);
      return;
    }
    saving.value = 0;
    stop.current = new AbortController();
    try {
      const name = `${node.shot}-mask.png`;
      const asset = await uploadAsset(
        workspace.project.value,
        await surface.png(),
        { folder: "Masks", name },
        {
          signal: stop.current.signal,
          progress: (_, part) => saving.value = part,
        },
      );
      const set = { mask: refOf(asset) };
      workspace.document.apply(`Paint the mask of ${node.title}`, [{ op: "update_node", id: node.id, set }]);
      close();
    } catch (error) {
      if (!stop.current.signal.aborted) wrong.value = error instanceof Error ? error.message : String(error);
    } finally {
      saving.value = null;
    }
  };

  return (
    <dialog
      ref={dialog}
      class="painter"
      aria-label={`Mask of ${node.title}`}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onKeyDown={(event) => surface && handleKey(event, tools, surface, () => void save())}
    >
      <header>
        <b>Mask of {node.title}</b>
        <span class="dim">White changes, the rest of {source.title} stays.</span>
        <span class="space" />
        {wrong.value && <span class="broken-text" role="alert">{wrong.value}</span>}
        {leaving.value
          ? (
            <>
              <span class="attention-text">The mask is not saved.</span>
              <button type="button" class="button" onClick={close}>Discard</button>
            </>
          )
          : <button type="button" class="button" onClick={leave}>Cancel</button>}
        <button
          type="button"
          class="button primary"
          disabled={!surface || saving.value !== null}
          title="Save the mask (Ctrl+S)"
          onClick={() => void save()}
        >
          {saving.value === null ? "Save mask" : `Saving ${Math.round(saving.value * 100)} %`}
        </button>
      </header>
      {surface
        ? <Stage surface={surface} picture={opened.value!.sizes.mask} url={source.url} tools={tools} />
        : <div class="empty">{wrong.value ? "" : "Opening the picture…"}</div>}
      {surface && <Tools tools={tools} surface={surface} />}
    </dialog>
  );
}

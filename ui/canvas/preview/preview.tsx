import { X } from "lucide-preact";
import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Cut } from "../../../shared/edl/mod.ts";
import { RATES } from "../../../shared/time/rate.ts";
import { Modal } from "../../components/modal.tsx";
import { say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { layerAt, layersOf } from "./layers.ts";
import { markAt } from "./marks.ts";
import { playable, type Reel } from "./playable.ts";
import { Screen } from "./screen.tsx";
import { Sounds } from "./sounds.tsx";
import { Strip } from "./strip.tsx";
import { Transport } from "./transport.tsx";
import { useClock } from "./use_clock.ts";

/** The film from its proxies, at once and without a render: J, K, L, I, O and the arrows as in an edit suite. */
export function Preview() {
  const workspace = useWorkspace();
  const assembler = workspace.previewing.value;
  if (!assembler) return null;
  const { fps, drop_frame } = workspace.project.value;
  const rate = { rate: RATES[fps], drop: drop_frame };
  const cut = playable(workspace.document.graph.value, assembler, workspace.live.activeTake, rate);
  return <Player cut={cut} close={() => workspace.previewing.value = null} />;
}

function Player({ cut, close }: { cut: Cut<Reel> | null; close: () => void }) {
  const { project, document: doc, canEdit } = useWorkspace();
  const rate = RATES[project.value.fps];
  const total = cut?.frames ?? 0;
  const clock = useClock(total, rate);
  const { frame } = clock;
  const layers = cut ? layersOf(cut) : [];
  const shown = useComputed(() => frame.value);

  const mark = (which: "in" | "out") => {
    if (!canEdit) return say("You are here as a viewer; the trims stay as they are.");
    clock.pause();
    const made = markAt(layerAt(layers, frame.value), frame.value, which);
    if ("refused" in made) return say(made.refused);
    if (doc.apply(made.label, [made.operation])) frame.value = made.frame;
  };

  useEffect(() => {
    const keys: Record<string, () => void> = {
      Escape: close,
      " ": clock.toggle,
      k: clock.pause,
      l: () => clock.shuttle(1),
      j: () => clock.shuttle(-1),
      i: () => mark("in"),
      o: () => mark("out"),
      ArrowLeft: () => clock.step(-1),
      ArrowRight: () => clock.step(1),
      Home: () => clock.step(-Infinity),
      End: () => clock.step(Infinity),
    };
    const heard = (event: KeyboardEvent) => {
      const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
      // A button that has the focus is pressed by the space bar.
      if (event.key === " " && (event.target as HTMLElement).closest("button")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      run();
    };
    addEventListener("keydown", heard, { capture: true });
    return () => removeEventListener("keydown", heard, { capture: true });
  });

  return (
    <Modal class="compare preview" label="Preview of the film" onClose={close}>
      <header>
        <b>Preview</b>
        <span class="dim">from the proxies, not a render</span>
        <span style="flex:1" />
        <button type="button" class="button quiet icon" aria-label="Close" onClick={close}>
          <X size={18} />
        </button>
      </header>
      {cut ? <Screen layers={layers} cut={cut} clock={clock} /> : (
        <div class="stage">
          <p class="dim">There is no shot in the chain yet.</p>
        </div>
      )}
      {cut && <Sounds cut={cut} clock={clock} />}
      <div class="transport-area">
        <div class="scrub">
          {cut && <Strip cut={cut} layers={layers} frame={shown} onSeek={clock.seek} />}
          <input
            type="range"
            aria-label="Position"
            min={0}
            max={Math.max(0, total - 1)}
            step={1}
            value={frame}
            onInput={(event) => clock.seek(Number(event.currentTarget.value))}
          />
        </div>
        <Transport clock={clock} start={cut?.start ?? 0} total={total} onMark={mark} />
      </div>
    </Modal>
  );
}

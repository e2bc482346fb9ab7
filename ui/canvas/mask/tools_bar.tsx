import { Brush, Contrast, Eraser, Maximize, PaintBucket, Redo2, SquareDashed, Undo2 } from "lucide-preact";
import type { Surface } from "./surface.ts";
import { LARGEST, SMALLEST, type ToolState } from "./tools.ts";

/** Brush and eraser, their size and hardness, and what concerns the whole mask. */
export function Tools({ tools, surface }: { tools: ToolState; surface: Surface }) {
  return (
    <div class="painter-tools" role="toolbar" aria-label="Mask tools">
      <div class="segments" role="group" aria-label="Tool">
        <button
          type="button"
          aria-pressed={tools.kind.value === "brush"}
          title="Paint what changes (B)"
          onClick={() => tools.kind.value = "brush"}
        >
          <Brush size={14} /> Brush
        </button>
        <button
          type="button"
          aria-pressed={tools.kind.value === "eraser"}
          title="Take away (E; X changes between the two)"
          onClick={() => tools.kind.value = "eraser"}
        >
          <Eraser size={14} /> Eraser
        </button>
      </div>
      <label title="[ and ]">
        Size
        <input
          type="range"
          min={SMALLEST}
          max={LARGEST}
          value={tools.size.value}
          onInput={(event) => tools.size.value = Number(event.currentTarget.value)}
        />
        <span class="mono">{tools.size.value}</span>
      </label>
      <label>
        Hardness
        <input
          type="range"
          min={0}
          max={100}
          value={Math.round(tools.hardness.value * 100)}
          onInput={(event) => tools.hardness.value = Number(event.currentTarget.value) / 100}
        />
        <span class="mono">{Math.round(tools.hardness.value * 100)} %</span>
      </label>
      <span class="space" />
      <button
        type="button"
        class="button small"
        title="Everything changes (F)"
        onClick={() => surface.fill(true)}
      >
        <PaintBucket size={14} /> Fill
      </button>
      <button
        type="button"
        class="button small"
        title="Nothing changes (Shift+F)"
        onClick={() => surface.fill(false)}
      >
        <SquareDashed size={14} /> Clear
      </button>
      <button
        type="button"
        class="button small"
        title="Black for white (I)"
        onClick={() => surface.invert()}
      >
        <Contrast size={14} /> Invert
      </button>
      <button
        type="button"
        class="button icon small"
        title="Undo a stroke (Ctrl+Z)"
        disabled={!surface.undoable.value}
        onClick={() => surface.undo()}
      >
        <Undo2 size={14} />
      </button>
      <button
        type="button"
        class="button icon small"
        title="Redo (Ctrl+Shift+Z)"
        disabled={!surface.redoable.value}
        onClick={() => surface.redo()}
      >
        <Redo2 size={14} />
      </button>
      <button
        type="button"
        class="button small mono"
        title="Show the whole picture (0); the wheel zooms, the middle button or Space moves"
        onClick={() => tools.fit.value++}
      >
        <Maximize size={14} /> {Math.round(tools.view.value.scale * 100)} %
      </button>
    </div>
  );
}

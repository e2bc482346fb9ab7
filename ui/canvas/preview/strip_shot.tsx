import { useState } from "preact/hooks";
import { type Grip, moved, rangeIn, trimTo } from "../inspector/trim.ts";
import { useWorkspace } from "../workspace.ts";
import type { Layer } from "./layers.ts";

/** A shot in the strip. Its ends are pulled to trim it; how many frames that gives or takes is said meanwhile. */
export function StripShot(
  { layer, total, style, onSeek }: {
    layer: Layer;
    /** Frames of the film. */
    total: number;
    style: string;
    onSeek: (frame: number) => void;
  },
) {
  const { document: doc, canEdit } = useWorkspace();
  const [by, setBy] = useState<{ grip: Grip; frames: number } | null>(null);
  const { shot, take } = layer.reel!;
  // A shot that runs at another speed, or is held, is trimmed by marks and in its panel.
  const trims = canEdit && shot && take?.kind === "video" && (shot.speed ?? 100) === 100;

  const pull = (grip: "first" | "end", down: PointerEvent) => {
    if (!shot || !take || down.button !== 0) return;
    down.stopPropagation();
    const target = down.currentTarget as HTMLElement;
    target.setPointerCapture(down.pointerId);
    const frames = total / target.closest(".strip")!.getBoundingClientRect().width;
    const before = rangeIn(shot, take.media.frames);
    let now = before;
    target.onpointermove = (event) => {
      now = moved(before, grip, (event.clientX - down.clientX) * frames, take.media.frames);
      setBy({ grip, frames: (now.end - now.first) - (before.end - before.first) });
    };
    const done = (keep: boolean) => {
      target.onpointermove = target.onpointerup = target.onpointercancel = null;
      setBy(null);
      const set = keep ? trimTo(now, before, take.media.frames) : null;
      if (!set) return;
      doc.apply(`Trim the ${grip === "first" ? "beginning" : "end"} of ${shot.title}`, [
        { op: "update_node", id: shot.id, set },
      ]);
      onSeek(grip === "first" ? layer.start : layer.start + (now.end - now.first) - 1);
    };
    target.onpointerup = () => done(true);
    target.onpointercancel = () => done(false);
  };
  return (
    <span
      class="block shot"
      style={style + (take?.poster_url ? `;background-image:url("${take.poster_url}")` : "")}
    >
      <b>{shot?.title}</b>
      {by && <em class={`mono ${by.grip}`}>{by.frames > 0 ? "+" : ""}{by.frames} f</em>}
      {trims && (["first", "end"] as const).map((grip) => (
        <i
          key={grip}
          class={`edge ${grip}`}
          title={`Drag to trim the ${grip === "first" ? "beginning" : "end"} of ${shot.title}`}
          onPointerDown={(event) => pull(grip, event)}
        />
      ))}
    </span>
  );
}

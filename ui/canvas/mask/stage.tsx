import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Dab, dabsBetween, pressed } from "./brush.ts";
import { createKeyBrush } from "./key_brush.ts";
import type { Surface } from "./surface.ts";
import type { ToolState } from "./tools.ts";
import { fitted, zoomed } from "./view.ts";

interface StageProps {
  surface: Surface;
  picture: { width: number; height: number };
  url: string;
  tools: ToolState;
}

/** Picture and mask one over the other, and the pointer's strokes. The mask's white shows as a tint. */
export function Stage({ surface, picture, url, tools }: StageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const ring = useRef<HTMLDivElement>(null);
  const last = useRef<Dab | null>(null);
  const moving = useRef<{ x: number; y: number } | null>(null);
  const space = useSignal(false);
  const keys = useMemo(() => createKeyBrush(surface, tools), [surface]);

  useEffect(() => {
    surface.canvas.className = "mask";
    surface.canvas.setAttribute("aria-label", "Mask");
    sheet.current!.append(surface.canvas);
    stage.current!.focus();
    const watch = new ResizeObserver(() => tools.fit.value++);
    watch.observe(stage.current!);
    return () => watch.disconnect();
  }, [surface]);

  useSignalEffect(() => {
    tools.fit.value;
    const box = stage.current?.getBoundingClientRect();
    if (box && box.width > 0) tools.view.value = fitted(picture, box);
  });
  useSignalEffect(() => {
    const { x, y, scale } = tools.view.value;
    if (sheet.current) sheet.current.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    const size = Math.max(2, tools.size.value * scale);
    if (ring.current) ring.current.style.width = ring.current.style.height = `${size}px`;
  });

  const onStage = (event: MouseEvent) => {
    const box = stage.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const dabAt = (event: PointerEvent): Dab => {
    const at = onStage(event), { x, y, scale } = tools.view.value;
    return { x: (at.x - x) / scale, y: (at.y - y) / scale, radius: pressed(tools.size.value, event) };
  };
  const brush = () => ({ kind: tools.kind.value, hardness: tools.hardness.value });

  const down = (event: PointerEvent) => {
    stage.current!.setPointerCapture(event.pointerId);
    if (event.button === 1 || event.button === 2 || space.value) {
      moving.current = onStage(event);
      return;
    }
    if (event.button !== 0) return;
    last.current = dabAt(event);
    surface.dab([last.current], brush());
  };
  const move = (event: PointerEvent) => {
    const at = onStage(event);
    if (ring.current) ring.current.style.translate = `calc(${at.x}px - 50%) calc(${at.y}px - 50%)`;
    if (moving.current) {
      const view = tools.view.value;
      tools.view.value = {
        ...view,
        x: view.x + at.x - moving.current.x,
        y: view.y + at.y - moving.current.y,
      };
      moving.current = at;
    } else if (last.current) {
      // What a pen sent between two frames is painted, too. Synthetic events coalesce nothing.
      const between = event.getCoalescedEvents();
      for (const each of between.length ? between : [event]) {
        const next = dabAt(each);
        surface.dab(dabsBetween(last.current, next), brush());
        last.current = next;
      }
    }
  };
  const up = () => {
    moving.current = null;
    if (last.current) surface.endStroke();
    last.current = null;
  };

  return (
    <div
      ref={stage}
      class={`painter-stage ${space.value ? "moving" : ""}`}
      tabIndex={0}
      role="application"
      aria-label="The picture: arrows move the brush, Shift and arrows paint, Enter dabs"
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onContextMenu={(event) => event.preventDefault()}
      onWheel={(event) => {
        event.preventDefault();
        tools.view.value = zoomed(tools.view.value, Math.exp(-event.deltaY / 400), onStage(event));
      }}
      onKeyDown={(event) => {
        const spot = keys.press(event);
        if (spot && ring.current) {
          const { x, y, scale } = tools.view.value;
          ring.current.style.translate = `calc(${x + spot.x * scale}px - 50%) calc(${
            y + spot.y * scale
          }px - 50%)`;
        }
        if (event.key !== " ") return;
        event.preventDefault();
        space.value = true;
      }}
      onKeyUp={(event) => event.key === " " && (space.value = false)}
    >
      <div ref={sheet} class="sheet" style={{ width: `${picture.width}px`, height: `${picture.height}px` }}>
        <img src={url} alt="" draggable={false} />
      </div>
      <div ref={ring} class="ring" />
      <svg width="0" height="0" aria-hidden="true" style="position:absolute">
        <filter id="mask-tint" color-interpolation-filters="sRGB">
          <feColorMatrix values="0 0 0 0 1  0 0 0 0 0.44  0 0 0 0 0.1  0.6 0 0 0 0" />
        </filter>
      </svg>
    </div>
  );
}

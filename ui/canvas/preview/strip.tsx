import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { Cut } from "../../../shared/edl/mod.ts";
import type { Layer } from "./layers.ts";
import type { Reel } from "./playable.ts";
import { StripShot } from "./strip_shot.tsx";

/**
 * The film as blocks: pictures above with a slope where they mix, sound files below. A press goes there and pulls the playhead along; the
 * ends of a shot trim it, and what follows moves up. The slider, and marks by I and O, are the same for a keyboard.
 */
export function Strip(
  { cut, layers, frame, onSeek }: {
    cut: Cut<Reel>;
    layers: readonly Layer[];
    frame: ReadonlySignal<number>;
    onSeek: (frame: number) => void;
  },
) {
  const head = useComputed(() => `left:${(frame.value / cut.frames) * 100}%`);
  const channels = ["A2", "A3", "A4"].filter((name) => cut.sounds.some((it) => it.channel === name));
  const place = (at: number, frames: number) =>
    `left:${(at / cut.frames) * 100}%;width:${(frames / cut.frames) * 100}%`;
  const seekTo = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onSeek(((event.clientX - box.left) / box.width) * cut.frames);
  };
  return (
    <div
      class="strip"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && seekTo(event)}
    >
      <div class="strip-row pictures">
        {layers.filter((layer) => layer.reel).map((layer) => (
          <StripShot
            key={layer.key}
            layer={layer}
            total={cut.frames}
            style={place(layer.start, layer.end - layer.start)}
            onSeek={onSeek}
          />
        ))}
        {layers.flatMap(({ key, stretches }) =>
          stretches.filter(({ mix }) => mix).map(({ at, frames }) => (
            <span key={`${key} mix ${at}`} class="mix" style={place(at, frames)} />
          ))
        )}
      </div>
      {channels.map((channel) => (
        <div key={channel} class="strip-row sound">
          {cut.sounds.filter((it) => it.channel === channel).map((sound) => (
            <span key={`${sound.take.reel} ${sound.at}`} class="block" style={place(sound.at, sound.frames)}>
              {sound.take.name}
            </span>
          ))}
        </div>
      ))}
      <div class="strip-head" style={head} />
    </div>
  );
}

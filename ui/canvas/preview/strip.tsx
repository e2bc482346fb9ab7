import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { Cut } from "../../../shared/edl/mod.ts";
import type { Layer } from "./layers.ts";
import type { Reel } from "./playable.ts";

/** The film as blocks: pictures above with a slope where they mix, sound files below; a click goes there. The slider says the same to a keyboard. */
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
  return (
    <div
      class="strip"
      aria-hidden="true"
      onPointerDown={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onSeek(((event.clientX - box.left) / box.width) * cut.frames);
      }}
    >
      <div class="strip-row">
        {layers.filter((layer) => layer.reel).map((layer) => (
          <span key={layer.key} class="block shot" style={place(layer.start, layer.end - layer.start)}>
            {layer.reel!.shot?.title}
          </span>
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

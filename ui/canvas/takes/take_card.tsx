import { memo } from "preact/compat";
import type { Take } from "../../../shared/api/work.ts";
import { TIERS } from "../../../shared/tiers.ts";
import { TakePicture } from "./take_picture.tsx";

interface TakeCardProps {
  take: Take;
  /** Which of how many it is, from 1: most are not there. */
  place: number;
  of: number;
  chosen: boolean;
  /** The one that Tab comes to. */
  reached: boolean;
  reach: (take: Take) => void;
  toggle: (take: Take) => void;
  activate: (take: Take) => void;
}

/** One take in the gallery: Enter or a click chooses it, A or a double click makes it the active one. */
export const TakeCard = memo(function TakeCard(
  { take, place, of, chosen, reached, reach, toggle, activate }: TakeCardProps,
) {
  const name = `v${take.version} take ${String(take.take).padStart(2, "0")}`;
  const tier = TIERS[take.tier].label;
  return (
    <div
      role="option"
      aria-selected={chosen}
      aria-posinset={place}
      aria-setsize={of}
      data-take={take.id}
      tabIndex={reached ? 0 : -1}
      class={`take ${take.active ? "active" : ""} ${chosen ? "chosen" : ""}`}
      onFocus={() => reach(take)}
      onClick={() => toggle(take)}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") toggle(take);
        else if (event.key === "a" && !event.ctrlKey && !event.metaKey) activate(take);
        else return;
        event.preventDefault();
      }}
      onDblClick={() => activate(take)}
    >
      <div class="picture">
        <TakePicture take={take} playOnHover />
      </div>
      <footer>
        <span class="mono">{name}</span>
        <span class="dim">{tier}</span>
      </footer>
      {take.active && <span class="badge">active</span>}
      {take.unverified && <span class="badge attention" title={take.unverified.sentence}>unverified</span>}
    </div>
  );
});

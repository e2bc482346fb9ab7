import { Ellipsis } from "lucide-preact";

/** Opens the menu of what it lies on, for who has no second button. */
export function MoreButton({ name, onOpen }: { name: string; onOpen: (event: MouseEvent) => void }) {
  return (
    <button
      type="button"
      class="button icon small more-button"
      aria-haspopup="menu"
      aria-label={`More for ${name}`}
      title="More"
      onClick={onOpen}
    >
      <Ellipsis size={13} />
    </button>
  );
}

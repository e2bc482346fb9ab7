import { ChevronLeft } from "lucide-preact";
import { go } from "../router.ts";

/** The way back to the first page, at the head of every other. */
export function ToFilms() {
  return (
    <button
      type="button"
      class="button quiet icon"
      title="All films"
      aria-label="All films"
      onClick={() => go("/")}
    >
      <ChevronLeft size={18} />
    </button>
  );
}

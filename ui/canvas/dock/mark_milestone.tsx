import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";

/** "Director's cut 2" -> "Directors-cut-2": what Git takes as the name of a tag. */
export function milestoneName(title: string): string {
  return title.normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "").replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".").replace(/^[^A-Za-z0-9]+/, "").slice(0, 60)
    .replace(/[.-]+$/, "").replace(/\.lock$/, "-lock");
}

/** Gives what the project is now a name that stays. */
export function MarkMilestone({ project, marked }: { project: string; marked: () => void }) {
  const [title, setTitle] = useState<string | null>(null);
  const mark = async () => {
    const name = milestoneName(title ?? "");
    if (name === "") return say("A milestone's name needs a letter or a digit.");
    const made = await attempt(() =>
      api.markMilestone(project, { name, message: title!.trim().slice(0, 200) })
    );
    if (!made) return;
    say(`The milestone ${made.name} is marked.`);
    setTitle(null);
    marked();
  };
  if (title === null) {
    return <button type="button" class="button small" onClick={() => setTitle("")}>Mark a milestone</button>;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void mark();
      }}
    >
      <input
        aria-label="Name of the milestone"
        placeholder="First cut"
        maxLength={60}
        autofocus
        value={title}
        onInput={(event) => setTitle(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && setTitle(null)}
      />
      <button type="submit" class="button small primary">Mark</button>
      <button type="button" class="button small quiet" onClick={() => setTitle(null)}>Cancel</button>
    </form>
  );
}

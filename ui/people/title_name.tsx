import type { Credits } from "../../shared/api/credits.ts";
import { callAt } from "../api.ts";
import { TextField } from "../components/text_field.tsx";
import { attempt } from "../state/toasts.ts";

/** How end titles name whoever gives. */
export function TitleName({ credits, onChange }: { credits: Credits; onChange: (changed: Credits) => void }) {
  const set = async (body: { named: boolean; title_name: string | null }) => {
    const changed = await attempt(() => callAt<Credits>("PUT", "/api/credits/name", body));
    if (changed) onChange(changed);
  };
  return (
    <div class="title-name">
      <label class="check">
        <input
          type="checkbox"
          checked={credits.named}
          onChange={(event) =>
            void set({ named: event.currentTarget.checked, title_name: credits.title_name })}
        />
        Name me in end titles, for machines lent and credits given
      </label>
      {credits.named && (
        <TextField
          label="Name in end titles"
          most={80}
          value={credits.title_name ?? ""}
          placeholder="As your machines are, or your own name"
          onCommit={(name) => void set({ named: true, title_name: name.trim() || null })}
        />
      )}
    </div>
  );
}

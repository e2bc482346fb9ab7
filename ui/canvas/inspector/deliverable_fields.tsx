import {
  CREDITS_LENGTH,
  FILM_FORMATS,
  type FilmFormat,
  LOUDNESS,
  RenderOptions,
  WATERMARK_LENGTH,
} from "../../../shared/jobs/film.ts";
import { TextField } from "../../components/text_field.tsx";

type Loudness = NonNullable<RenderOptions["loudness"]>;

/** What was chosen last for each assembler, until the page is left: a render is often asked for twice. */
const chosen = new Map<string, RenderOptions>();

export function chosenOptions(assembler: string): RenderOptions {
  return chosen.get(assembler) ?? RenderOptions.parse({});
}

export function choose(assembler: string, options: RenderOptions): void {
  chosen.set(assembler, options);
}

/** What a film is delivered as: format, loudness, what is written over it, end titles. */
export function DeliverableFields(
  { options, onChange }: { options: RenderOptions; onChange: (options: RenderOptions) => void },
) {
  const { format, burn_in, watermark, loudness, credits } = options;
  const { runs } = FILM_FORMATS[format];
  return (
    <>
      <label class="field">
        <span>Format</span>
        <select
          class="input"
          value={format}
          onChange={(event) => onChange({ ...options, format: event.currentTarget.value as FilmFormat })}
        >
          {Object.entries(FILM_FORMATS).map(([value, { label }]) => (
            <option key={value} value={value}>{label}</option>
          ))}
        </select>
      </label>
      {runs && (
        <label class="field">
          <span>Loudness</span>
          <select
            class="input"
            value={loudness ?? ""}
            onChange={(event) => {
              const { loudness: _, ...rest } = options;
              const lufs = event.currentTarget.value;
              onChange(lufs ? { ...rest, loudness: Number(lufs) as Loudness } : rest);
            }}
          >
            <option value="">As it is mixed</option>
            {LOUDNESS.map(({ lufs, label }) => <option key={lufs} value={lufs}>{label}</option>)}
          </select>
        </label>
      )}
      {format !== "contact-sheet" && (
        <>
          <label class="check">
            <input
              type="checkbox"
              checked={burn_in}
              onChange={(event) => onChange({ ...options, burn_in: event.currentTarget.checked })}
            />
            Review copy: shot, take and timecode in the picture
          </label>
          <TextField
            label="Watermark"
            value={watermark ?? ""}
            placeholder="None"
            onCommit={(text) => {
              const { watermark: _, ...rest } = options;
              const words = text.trim().slice(0, WATERMARK_LENGTH);
              onChange(words ? { ...rest, watermark: words } : rest);
            }}
          />
        </>
      )}
      {runs && (
        <label class="check">
          <input
            type="checkbox"
            checked={credits !== undefined}
            onChange={(event) => {
              const { credits: _, ...rest } = options;
              onChange(
                event.currentTarget.checked ? { ...rest, credits: { text: "", lenders: true } } : rest,
              );
            }}
          />
          End titles after the last shot
        </label>
      )}
      {runs && credits && (
        <>
          <TextField
            label="Titles"
            note="a line each; the film's title comes first"
            rows={4}
            value={credits.text}
            placeholder="Directed by …"
            onCommit={(text) =>
              onChange({ ...options, credits: { ...credits, text: text.slice(0, CREDITS_LENGTH) } })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={credits.lenders}
              onChange={(event) =>
                onChange({ ...options, credits: { ...credits, lenders: event.currentTarget.checked } })}
            />
            Name the machines that made the takes
          </label>
        </>
      )}
    </>
  );
}

import { useState } from "preact/hooks";
import type { RateName } from "../../shared/time/rate.ts";
import { api } from "../api.ts";
import { Modal } from "../components/modal.tsx";
import { go } from "../router.ts";
import { attempt } from "../state/toasts.ts";
import { TEMPLATES } from "./templates.ts";

const SIZES = {
  "1280 × 720": [1280, 720],
  "1920 × 1080": [1920, 1080],
  "1080 × 1920": [1080, 1920],
  "1024 × 1024": [1024, 1024],
  "2048 × 858": [2048, 858],
  "3840 × 2160": [3840, 2160],
  "720 × 576 (PAL 16:9)": [720, 576, "64:45"],
  "720 × 480 (NTSC 16:9)": [720, 480, "32:27"],
  "1440 × 1080 (HDV)": [1440, 1080, "4:3"],
} as const;
const DROP = " drop-frame";
const RATES = ["23.976", "24", "25", "29.97", `29.97${DROP}`, "30", "50", "59.94", `59.94${DROP}`, "60"];

/** Title, picture, rate, and what it begins with; leads to the new film's canvas. */
export function NewProject({ template, onClose }: { template: string; onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [width, height, pixel_aspect] = SIZES[form.get("size") as keyof typeof SIZES];
    const rate = String(form.get("fps")), fps = rate.replace(DROP, "");
    const start = TEMPLATES.find((each) => each.id === form.get("template"))?.graph;
    setBusy(true);
    const project = await attempt(async () => {
      const made = await api.createProject({
        title: String(form.get("title")).trim(),
        fps,
        ...(rate.endsWith(DROP) ? { drop_frame: true } : {}),
        ...(pixel_aspect ? { pixel_aspect } : {}),
        width,
        height,
      });
      if (start) await api.putCanvas(made.id, start(fps as RateName));
      return made;
    });
    setBusy(false);
    if (!project) return;
    onClose();
    go(`/p/${project.slug}`);
  };
  return (
    <Modal label="New film" class="new-film" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="new-film-title">New film</h2>
        <label class="field">
          <span>Title</span>
          <input
            class="input"
            name="title"
            dir="auto"
            required
            maxLength={120}
            autofocus
            placeholder="The Lighthouse Keeper"
          />
        </label>
        <fieldset class="choices">
          <legend>Begin with</legend>
          {TEMPLATES.map((each) => (
            <label key={each.id}>
              <input type="radio" name="template" value={each.id} defaultChecked={each.id === template} />
              <b>{each.title}</b>
              <small class="dim">{each.hint}</small>
            </label>
          ))}
        </fieldset>
        <div class="pair">
          <label class="field">
            <span>Picture</span>
            <select class="input" name="size">
              {Object.keys(SIZES).map((size) => <option key={size}>{size}</option>)}
            </select>
          </label>
          <label class="field">
            <span>
              Frames per second <small>cannot change</small>
            </span>
            <select class="input" name="fps">
              {RATES.map((rate) => <option key={rate} selected={rate === "24"}>{rate}</option>)}
            </select>
          </label>
        </div>
        <div class="row">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? "Beginning…" : "Begin"}
          </button>
        </div>
      </form>
    </Modal>
  );
}

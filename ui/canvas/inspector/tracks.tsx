import { Plus, Trash2, Volume2, VolumeX } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { Asset } from "../../../shared/assets/asset.ts";
import { type AudioClip, type AudioTrack, MOST_TRACKS, type NodeOf } from "../../../shared/canvas/graph.ts";
import { baseName } from "../../../shared/edl/mod.ts";
import { framesOf, RATES } from "../../../shared/time/rate.ts";
import { NumberField, TextField } from "../../components/text_field.tsx";
import { durationText } from "../../state/words.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import type { SetFields } from "./node_panel.tsx";
import { loadSounds, secondsOfSound } from "./sounds.ts";

const NAMES = ["Music", "Dialogue", "Effects"];

/** The film's sound: the takes' own on the first track, and up to three more of files from the project's audio. */
export function Tracks(
  { node, set, total }: { node: NodeOf<"assembler">; set: SetFields; total: number },
) {
  const tracks = node.tracks ?? [];
  const { sound = {} } = node;
  const put = (label: string, next: AudioTrack[]) => set(label, { tracks: next.length ? next : null });
  const hear = (label: string, next: { level?: number; muted?: boolean }) => {
    const { level, muted } = { ...sound, ...next };
    set(label, {
      sound: level || muted ? { ...(level ? { level } : {}), ...(muted ? { muted } : {}) } : null,
    });
  };
  return (
    <section class="panel">
      <h2>Sound</h2>
      <div class="track" role="group" aria-label="Sound of the takes">
        <div class="row track-head">
          <b>Takes</b>
          <Mute
            muted={sound.muted === true}
            name="the takes"
            onToggle={() => hear(sound.muted ? "Hear the takes" : "Mute the takes", { muted: !sound.muted })}
          />
          <NumberField
            label="Level"
            note="dB"
            optional
            value={sound.level}
            min={-96}
            max={24}
            onCommit={(level) => hear("Set the level of the takes", { level: level ?? 0 })}
          />
        </div>
      </div>
      {tracks.map((track, index) => (
        <Track
          key={index}
          track={track}
          total={total}
          onChange={(label, next) =>
            put(label, next ? tracks.with(index, next) : tracks.filter((_, at) => at !== index))}
        />
      ))}
      {tracks.length < MOST_TRACKS && (
        <button
          type="button"
          class="button small"
          onClick={() =>
            put("Add a track", [...tracks, {
              name: NAMES.find((name) => !tracks.some((track) => track.name === name)) ?? "Track",
              clips: [],
            }])}
        >
          <Plus size={14} /> Add a track
        </button>
      )}
    </section>
  );
}

type Change = (label: string, next: AudioTrack | null) => void;

function Track({ track, total, onChange }: { track: AudioTrack; total: number; onChange: Change }) {
  const { level: _, muted: __, ...plain } = track;
  const clips = track.clips.toSorted((a, b) => a.at - b.at);
  return (
    <div class="track" role="group" aria-label={`Track ${track.name}`}>
      <div class="row track-head">
        <TextField
          label="Track"
          value={track.name}
          onCommit={(name) =>
            name.trim() && onChange("Rename the track", { ...track, name: name.trim().slice(0, 60) })}
        />
        <Mute
          muted={track.muted === true}
          name={track.name}
          onToggle={() =>
            onChange(track.muted ? `Hear ${track.name}` : `Mute ${track.name}`, {
              ...plain,
              ...(track.level ? { level: track.level } : {}),
              ...(track.muted ? {} : { muted: true }),
            })}
        />
        <NumberField
          label="Level"
          note="dB"
          optional
          value={track.level}
          min={-96}
          max={24}
          onCommit={(level) =>
            onChange(`Set the level of ${track.name}`, {
              ...plain,
              ...(track.muted ? { muted: true } : {}),
              ...(level ? { level } : {}),
            })}
        />
        <button
          type="button"
          class="button quiet icon"
          aria-label={`Remove the track ${track.name}`}
          onClick={() => onChange(`Remove ${track.name}`, null)}
        >
          <Trash2 size={14} />
        </button>
      </div>
      {clips.length === 0 && <p class="dim">Nothing on it yet.</p>}
      {clips.map((clip) => (
        <Clip
          key={clip.id}
          clip={clip}
          onChange={(label, next) =>
            onChange(label, {
              ...track,
              clips: next
                ? track.clips.map((each) => each.id === clip.id ? next : each)
                : track.clips.filter((each) => each.id !== clip.id),
            })}
        />
      ))}
      <AddSound
        track={track}
        total={total}
        onAdd={(clip) =>
          onChange(`Add ${baseName(clip.file.path)}`, {
            ...track,
            clips: [...track.clips, clip],
          })}
      />
    </div>
  );
}

function Mute({ muted, name, onToggle }: { muted: boolean; name: string; onToggle: () => void }) {
  return (
    <button
      type="button"
      class="button quiet icon"
      aria-pressed={muted}
      aria-label={`Mute ${name}`}
      title={muted ? "Not heard" : "Heard"}
      onClick={onToggle}
    >
      {muted ? <VolumeX size={16} /> : <Volume2 size={16} />}
    </button>
  );
}

function Clip(
  { clip, onChange }: { clip: AudioClip; onChange: (label: string, next: AudioClip | null) => void },
) {
  const { project } = useWorkspace();
  const { fps } = project.value;
  const name = baseName(clip.file.path);
  const number = (
    label: string,
    key: "at" | "from" | "frames" | "fade_in" | "fade_out",
    optional: boolean,
    min: number,
  ) => (
    <NumberField
      label={label}
      value={clip[key]}
      min={min}
      max={10_000_000}
      optional={optional}
      onCommit={(value) => {
        const { [key]: _, ...rest } = clip;
        const whole = value === null ? null : Math.round(value);
        onChange(`${label} of ${name}`, (whole === null ? rest : { ...rest, [key]: whole }) as AudioClip);
      }}
    />
  );
  return (
    <details class="sound-clip">
      <summary>
        <span class="name">{name}</span>
        <span class="mono dim">{durationText(clip.at, fps)} · {durationText(clip.frames, fps)}</span>
      </summary>
      <div class="row">
        {number("Begins at", "at", false, 0)}
        {number("From", "from", false, 0)}
        {number("Lasts", "frames", false, 1)}
      </div>
      <div class="row">
        <NumberField
          label="Level"
          note="dB"
          optional
          value={clip.level}
          min={-96}
          max={24}
          onCommit={(level) => {
            const { level: _, ...rest } = clip;
            onChange(`Level of ${name}`, level ? { ...rest, level } : rest);
          }}
        />
        {number("Fade in", "fade_in", true, 1)}
        {number("Fade out", "fade_out", true, 1)}
      </div>
      <button type="button" class="button small" onClick={() => onChange(`Remove ${name}`, null)}>
        <Trash2 size={14} /> Remove
      </button>
    </details>
  );
}

/** Chooses a sound of the project's audio; it begins where the track ends and lasts as long as the film goes on, at most. */
function AddSound(
  { track, total, onAdd }: { track: AudioTrack; total: number; onAdd: (clip: AudioClip) => void },
) {
  const { project, uploads } = useWorkspace();
  const [sounds, setSounds] = useState<Asset[] | null>(null);
  const [busy, setBusy] = useState(false);
  const load = () =>
    void attempt(() => loadSounds(project.value.id)).then((found) => found && setSounds(found));
  // What was brought meanwhile is there, too.
  useEffect(load, [project.value.id, uploads.filed.value]);
  async function add(sound: Asset | undefined): Promise<void> {
    if (!sound) return;
    setBusy(true);
    const seconds = await secondsOfSound(sound.file_url);
    setBusy(false);
    const at = Math.max(0, ...track.clips.map((clip) => clip.at + clip.frames));
    const rest = total > at ? total - at : Infinity;
    const length = seconds === null ? Infinity : framesOf(seconds, RATES[project.value.fps]);
    const frames = Math.max(1, Math.min(rest, length, 10_000_000));
    const { path, oid, size } = sound;
    onAdd({ id: crypto.randomUUID(), file: { path, oid, size }, at, from: 0, frames });
  }
  if (sounds?.length === 0) {
    return (
      <p class="dim">
        The project has no sound yet. Drop a WAV, FLAC, MP3, Ogg or M4A file onto the canvas.{" "}
        <button type="button" class="button small" onClick={load}>Look again</button>
      </p>
    );
  }
  return (
    <label class="field">
      <span>Add a sound to {track.name}</span>
      <select
        class="input"
        value=""
        disabled={busy || !sounds}
        onFocus={load}
        onChange={(event) => {
          const select = event.currentTarget;
          void add(sounds?.find((each) => each.id === select.value)).then(() => select.value = "");
        }}
      >
        <option value="">{busy ? "Reading its length…" : "Choose…"}</option>
        {(sounds ?? []).map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
      </select>
    </label>
  );
}

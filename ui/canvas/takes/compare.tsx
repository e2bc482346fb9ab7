import { X } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Take } from "../../../shared/api/work.ts";
import { api } from "../../api.ts";
import { Modal } from "../../components/modal.tsx";
import { attempt } from "../../state/toasts.ts";
import { makeActive } from "../deeds.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { Together } from "./together.tsx";

/** Two takes in step, beside or over each other, and what differs in how they were made. */
export function Compare() {
  const workspace = useWorkspace();
  const pair = workspace.comparing.value;
  const takes = pair?.map((id) => workspace.live.takes.value.get(id));
  if (!takes?.[0] || !takes[1]) return null;
  return <Sides a={takes[0]} b={takes[1]} workspace={workspace} />;
}

type Way = "side" | "wipe" | "difference";
const WAYS: readonly { id: Way; label: string; hint: string }[] = [
  { id: "side", label: "Side by side", hint: "Both, in step" },
  { id: "wipe", label: "Wipe", hint: "One over the other; drag where they meet" },
  { id: "difference", label: "Difference", hint: "Black where they are the same" },
];

function Sides({ a, b, workspace }: { a: Take; b: Take; workspace: Workspace }) {
  const left = useRef<HTMLVideoElement>(null), right = useRef<HTMLVideoElement>(null);
  const [way, setWay] = useState<Way>("side");
  /** Percent of the width that the first take has in a wipe. */
  const [cut, setCut] = useState(50);
  const [differences, setDifferences] = useState<[string, string, string][]>([]);
  const close = () => workspace.comparing.value = null;
  useEffect(() => {
    const id = workspace.project.value.id;
    void Promise.all([attempt(() => api.take(id, a.id)), attempt(() => api.take(id, b.id))]).then(
      ([one, other]) => {
        if (one && other) setDifferences(differing(one.sidecar.params, other.sidecar.params));
      },
    );
  }, [a.id, b.id]);
  return (
    <Modal class="compare" label="Compare two takes" onClose={close}>
      <header>
        <b>{a.name}</b>
        <span class="dim">and</span>
        <b>{b.name}</b>
        <span style="flex:1" />
        <div class="segments" role="group" aria-label="How to compare">
          {WAYS.map(({ id, label, hint }) => (
            <button
              type="button"
              key={id}
              aria-pressed={way === id}
              title={hint}
              onClick={() => setWay(id)}
            >
              {label}
            </button>
          ))}
        </div>
        <span style="flex:1" />
        {[a, b].map((take) => (
          <button
            type="button"
            key={take.id}
            class="button small"
            disabled={take.active || !workspace.canReview}
            onClick={() => void makeActive(workspace, take)}
          >
            {take.active ? "Active" : `Use take ${take.take}`}
          </button>
        ))}
        <button type="button" class="button quiet icon" aria-label="Close" onClick={close}>
          <X size={18} />
        </button>
      </header>
      <div class={`sides ${way}`} style={{ "--cut": `${cut}%` }}>
        {a.kind === "video" && a.proxy_url
          ? (
            <video
              ref={left}
              src={a.proxy_url}
              autoplay
              loop
              muted
            />
          )
          : <img src={a.file_url} alt={a.name} />}
        {b.kind === "video" && b.proxy_url
          ? <video ref={right} src={b.proxy_url} autoplay loop muted />
          : <img src={b.file_url} alt={b.name} />}
        <b class="side-name a">A · take {a.take}</b>
        <b class="side-name b">B · take {b.take}</b>
        {way === "wipe" && (
          <input
            type="range"
            class="wipe-cut"
            aria-label="Where the two meet"
            min={0}
            max={100}
            value={cut}
            onInput={(event) => setCut(Number(event.currentTarget.value))}
          />
        )}
      </div>
      {a.kind === "video" && <Together left={left} right={right} frames={a.media.frames} />}
      <table>
        <tbody>
          {differences.length === 0 && (
            <tr>
              <td colSpan={3} class="dim">Made with the same settings.</td>
            </tr>
          )}
          {differences.map(([name, one, other]) => (
            <tr key={name} class="differs">
              <th>{name}</th>
              <td>{one}</td>
              <td>{other}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

/** Parameters that are not the same in both. */
function differing(a: unknown, b: unknown): [string, string, string][] {
  const one = (a ?? {}) as Record<string, unknown>, other = (b ?? {}) as Record<string, unknown>;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()
    .filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]))
    .map((key) => [key, String(one[key] ?? "—"), String(other[key] ?? "—")]);
}

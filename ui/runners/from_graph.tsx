import { FileJson, Import } from "lucide-preact";
import { useState } from "preact/hooks";
import type { Marks } from "../../shared/api/runners.ts";
import { type Tier, TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import { api } from "../api.ts";
import { chooseFiles } from "../canvas/assets/drag.ts";
import { attempt, say } from "../state/toasts.ts";

const SERVES = [["generate_image", "Generate image"], ["edit_image", "Edit image"], ["kontext", "Kontext"], [
  "shot",
  "Shot",
]] as const;
type Serves = typeof SERVES[number][0];

interface Draft {
  file: string;
  graph: Record<string, { class_type: string; inputs: Record<string, unknown> }>;
  serves: Serves;
  marks: Marks;
  /** By "node input": the name it is given. */
  names: Record<string, string>;
}

const MOST_BYTES = 4 * 1024 ** 2;

/** A graph that works in ComfyUI becomes a runner: choose what artists shall give. */
export function FromGraph({ onAdded }: { onAdded: () => Promise<void> }) {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [fault, setFault] = useState<string | null>(null);

  const look = async (file: string, graph: Draft["graph"], serves: Serves) => {
    const marks = await attempt(() => api.runnerMarks({ graph, serves }));
    if (!marks) return;
    const names = marks.marks.flatMap((mark) => mark.suggested ? [[keyOf(mark), mark.suggested]] : []);
    setDraft({ file, graph, serves, marks, names: Object.fromEntries(names) });
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    setFault(null);
    if (file.size > MOST_BYTES) return setFault(`${file.name} has more than 4 MB; a graph is a small file.`);
    try {
      await look(file.name, JSON.parse(await file.text()), draft?.serves ?? "generate_image");
    } catch {
      setFault(`${file.name} is no JSON. In ComfyUI choose Workflow, Export (API).`);
    }
  };
  return (
    <section
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void read(event.dataTransfer?.files[0]);
      }}
    >
      <h2>A new model from ComfyUI</h2>
      <p class="dim">
        Build it in ComfyUI until it does what you want, choose{" "}
        <i>Workflow, Export (API)</i>, and bring the file here.
      </p>
      {fault && <p class="notice-box" role="alert">{fault}</p>}
      <button
        type="button"
        class="button"
        style="justify-self:start"
        onClick={() => chooseFiles(".json,application/json", ([file]) => void read(file))}
      >
        <Import size={16} /> {draft ? "Another graph" : "Choose the graph"}
      </button>
      {draft && (
        <Marking
          key={`${draft.file} ${draft.serves}`}
          draft={draft}
          setNames={(names) => setDraft({ ...draft, names })}
          setServes={(serves) => void look(draft.file, draft.graph, serves)}
          onAdded={async () => {
            setDraft(null);
            await onAdded();
          }}
        />
      )}
    </section>
  );
}

function Marking(
  { draft, setNames, setServes, onAdded }: {
    draft: Draft;
    setNames: (names: Draft["names"]) => void;
    setServes: (serves: Serves) => void;
    onAdded: () => Promise<void>;
  },
) {
  const { marks, names } = draft;
  const wanted = draft.serves === "shot" ? "video" : "image";
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const added = await attempt(() =>
      api.runnerFromGraph({
        id: String(form.get("id")),
        title: String(form.get("title")),
        description: String(form.get("description")),
        serves: draft.serves,
        tier: form.get("tier") as Tier,
        vram_mb: Math.round(Number(form.get("vram")) * 1024),
        graph: draft.graph,
        inputs: marks.marks.flatMap((mark) => {
          const name = names[keyOf(mark)];
          return name ? [{ node: mark.node, input: mark.input, name }] : [];
        }),
        licence: String(form.get("licence")),
        commercial: form.get("commercial") === "on",
      })
    );
    if (!added) return;
    say(`${added.id} is added. On each machine that shall make it: agent runner install ${added.id}`);
    await onAdded();
  };
  const stem = draft.file.replace(/\.json$/i, "");
  return (
    <form class="runner-form" onSubmit={(event) => void submit(event)}>
      <div class="runner-fields">
        <label class="field">
          <span>Title</span>
          <input class="input" name="title" required maxLength={80} defaultValue={stem} />
        </label>
        <label class="field">
          <span>
            Id <small>lower-case words and hyphens</small>
          </span>
          <input
            class="input"
            name="id"
            required
            pattern="[a-z0-9]([a-z0-9\-]{0,46}[a-z0-9])?"
            defaultValue={slug(stem)}
          />
        </label>
        <label class="field">
          <span>Makes</span>
          <select
            class="input"
            value={draft.serves}
            onChange={(event) => setServes(event.currentTarget.value as Serves)}
          >
            {SERVES.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
          </select>
        </label>
        <label class="field">
          <span>Tier</span>
          <select class="input" name="tier" defaultValue="standard">
            {TIER_ORDER.map((tier) => <option key={tier} value={tier}>{TIERS[tier].label}</option>)}
          </select>
        </label>
        <label class="field">
          <span>
            GPU memory <small>GiB, as the card reports it</small>
          </span>
          <input
            class="input"
            name="vram"
            type="number"
            min={0}
            max={900}
            step={0.5}
            required
            defaultValue="15"
          />
        </label>
        <label class="field">
          <span>Licence of its models</span>
          <input class="input" name="licence" required maxLength={200} placeholder="Apache-2.0" />
        </label>
      </div>
      <label class="field">
        <span>What it does</span>
        <input class="input" name="description" maxLength={1000} />
      </label>
      <label class="row">
        <input type="checkbox" name="commercial" /> What is made with it may be sold
      </label>
      <table>
        <thead>
          <tr>
            <th>In the graph</th>
            <th>Value there</th>
            <th>Artists give it as</th>
          </tr>
        </thead>
        <tbody>
          {marks.marks.map((mark) => (
            <tr key={keyOf(mark)}>
              <td>{mark.title}</td>
              <td class="dim">{brief(mark.value)}</td>
              <td>
                <input
                  class="input"
                  aria-label={`Name of ${mark.title}`}
                  placeholder="left as it is"
                  pattern="[a-z][a-z0-9_]{0,47}"
                  title="Lower-case letters, digits and _; empty leaves it as it is"
                  value={names[keyOf(mark)] ?? ""}
                  onInput={(event) => setNames({ ...names, [keyOf(mark)]: event.currentTarget.value })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {marks.models.length > 0 && (
        <p class="dim">
          It needs {marks.models.map(({ folder, file }) => `models/${folder}/${file}`).join(", ")}.
        </p>
      )}
      {marks.risks.length > 0 && (
        <div class="notice-box">
          <p>Whoever installs it on a machine is asked to accept:</p>
          <ul>{marks.risks.map((risk) => <li key={risk}>{risk}</li>)}</ul>
        </div>
      )}
      {marks.output !== wanted && (
        <p class="notice-box" role="alert">
          {marks.output === null
            ? "The graph saves nothing: end it with SaveImage or SaveVideo."
            : `The graph saves ${marks.output === "video" ? "a video" : "an image"}; choose what it makes.`}
        </p>
      )}
      <button
        type="submit"
        class="button primary"
        disabled={marks.output !== wanted}
        style="justify-self:start"
      >
        <FileJson size={16} /> Add it to the studio
      </button>
    </form>
  );
}

function keyOf({ node, input }: { node: string; input: string }): string {
  return `${node} ${input}`;
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 48) || "my-model";
}

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
